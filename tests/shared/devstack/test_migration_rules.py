"""A migration that breaks the code of the release before is refused, unless it says that it is meant to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState

from bandstand.devstack.migration_rules import objections

OPTIONAL = models.CharField(max_length=20, null=True)


def judge(*made: Any, contract: str = "") -> list[str]:
    """Judge a migration of an app that has bands already."""
    state = ProjectState()
    first = Migration("0001", "stage")
    first.operations = [
        operations.CreateModel(
            "Band",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("town", models.CharField(max_length=20, null=True)),
                ("size", models.IntegerField(db_default=4)),
            ],
        )
    ]
    assert objections(first, state) == []
    second = Migration("0002", "stage")
    second.operations = list(made)
    if contract:
        second.contract = contract  # type: ignore[attr-defined]
    return objections(second, state)


@pytest.mark.parametrize(
    ("operation", "word"),
    [
        (operations.DeleteModel("Band"), "drops a table"),
        (operations.RenameModel("Band", "Group"), "renames a table"),
        (operations.RemoveField("Band", "town"), "drops a column"),
        (operations.RenameField("Band", "town", "city"), "renames a column"),
        (operations.AddField("Band", "style", models.CharField(max_length=20)), "leave the column empty"),
        (operations.AddField("Band", "style", models.CharField(max_length=20, default="")), "leave the column empty"),
        (operations.AlterField("Band", "town", models.CharField(max_length=20)), "writes NULL"),
        (operations.AlterField("Band", "size", models.IntegerField()), "keep the db_default"),
        (operations.AlterField("Band", "name", models.CharField(max_length=10)), "new type"),
        (operations.AlterField("Band", "size", models.SmallIntegerField(db_default=4)), "new type"),
        (operations.AlterField("Band", "name", models.IntegerField()), "new type"),
        (operations.AlterField("Band", "name", models.CharField(max_length=20, unique=True)), "refuses rows"),
        (operations.AddConstraint("Band", models.UniqueConstraint(fields=["name"], name="one")), "refuses rows"),
        (operations.AlterUniqueTogether("Band", {("name", "town")}), "refuses rows"),
        (operations.RunSQL("ALTER TABLE stage_band ALTER COLUMN town SET NOT NULL"), "SET NOT NULL"),
        (operations.RunSQL(["SELECT 1", "ALTER TABLE stage_band RENAME name TO words"]), "RENAME"),
        (
            operations.SeparateDatabaseAndState(database_operations=[operations.RemoveField("Band", "town")]),
            "drops a column",
        ),
    ],
)
def test_it_refuses_what_breaks_old_code(operation: Any, word: str) -> None:
    (objection,) = judge(operation)

    assert word in objection


@pytest.mark.parametrize(
    "operation",
    [
        operations.CreateModel("Gig", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
        operations.AddField("Band", "style", OPTIONAL),
        operations.AddField("Band", "style", models.CharField(max_length=20, db_default="doom")),
        operations.AddField("Band", "friends", models.ManyToManyField("stage.Band")),
        operations.AlterField("Band", "name", models.CharField(max_length=30)),
        operations.AlterField("Band", "name", models.TextField()),
        operations.AlterField("Band", "name", models.CharField(max_length=20, null=True)),
        operations.AlterField("Band", "size", models.BigIntegerField(db_default=4)),
        operations.AddIndex("Band", models.Index(fields=["name"], name="by_name")),
        operations.RunPython(operations.RunPython.noop),
        operations.RunSQL("CREATE INDEX by_town ON stage_band (town)", operations.RunSQL.noop),
    ],
)
def test_it_lets_pass_what_old_code_can_live_with(operation: Any) -> None:
    assert judge(operation) == []


def test_what_concerns_a_new_table_alone_breaks_nobody() -> None:
    assert not judge(
        operations.CreateModel("Gig", [("id", models.BigAutoField(primary_key=True))]),
        operations.AddField("Gig", "name", models.CharField(max_length=20)),
        operations.AddConstraint("Gig", models.UniqueConstraint(fields=["name"], name="one_gig")),
    )


def test_a_contract_has_to_say_so_and_nothing_else_may() -> None:
    assert judge(operations.RemoveField("Band", "town"), contract="nothing has read it since 0.4") == []
    (objection,) = judge(operations.AddField("Band", "style", OPTIONAL), contract="nothing has read it since 0.4")
    assert "take the mark away" in objection
