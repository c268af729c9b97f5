"""A migration that breaks the code of the release before is refused, unless it says that it is meant to."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState
from django.db.models.functions import Left, Now
from django.utils import timezone
from pytest_django.fixtures import Settings

from bandstand.content.identified import UUID7, UidField
from bandstand.devstack.migration_rules import objections


def toss() -> bool:
    return random.choice([True, False])  # noqa: S311 - guards nothing


def ask() -> int:
    raise LookupError("there is no database")


CONSTANT = uuid4()
OPTIONAL = models.CharField(max_length=20, null=True)


def judge(*made: Any, contract: str = "", since: tuple[str, str] | None = None) -> list[str]:
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
    if since:
        second.since = since  # type: ignore[attr-defined]
    return objections(second, state)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("ALTER TABLE stage_band RENAME CONSTRAINT one TO two", "can't rename a constraint"),
        ("MERGE INTO stage_band b USING x ON true WHEN MATCHED THEN UPDATE SET name = now()", "refuses MERGE"),
        ("INSERT INTO stage_band (name) SELECT name FROM stage_band", "push down an INSERT"),
        ("SELECT 1; ALTER TABLE stage_band ADD COLUMN x int NULL CHECK (x > 0)", "CHECK within a new column"),
    ],
)
def test_what_a_citus_cluster_refuses_is_refused_where_there_is_one(
    statement: str, word: str, settings: Settings
) -> None:
    def judged() -> str:
        return " ".join(judge(operations.RunSQL(statement), contract="meant to"))

    assert "Citus" not in judged()
    settings.CITUS = True
    assert word in judged()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stage_band (name) VALUES ('Select'); SELECT 1",
        "ALTER TABLE stage_band ADD CONSTRAINT positive CHECK (size > 0)",
        [("ALTER TABLE stage_band ADD COLUMN x int", None), "UPDATE stage_band SET x = 1"],
    ],
)
def test_a_citus_cluster_takes_everything_else(statement: Any, settings: Settings) -> None:
    settings.CITUS = True

    assert "Citus" not in " ".join(judge(operations.RunSQL(statement)))


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
        (operations.AddField("Band", "token", models.UUIDField(null=True, default=uuid4)), "differs each time"),
        (operations.AddField("Band", "fate", models.BooleanField(null=True, default=toss)), "differs each time"),
        (operations.AddField("Band", "next", models.IntegerField(null=True, default=ask)), "differs each time"),
        (operations.AddField("Band", "token", models.UUIDField(unique=True, db_default=CONSTANT)), "refuses rows"),
        (operations.AddField("Band", "at", models.DateTimeField(unique=True, db_default=Now())), "refuses rows"),
        (
            operations.AddField("Band", "word", models.TextField(unique=True, db_default=Left(UUID7(), 3))),
            "refuses rows",
        ),
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
        operations.AddField("Band", "tags", models.JSONField(null=True, default=list)),
        operations.AddField("Band", "since", models.DateTimeField(null=True, default=timezone.now)),
        operations.AddField("Band", "token", models.UUIDField(default=uuid4, db_default=RandomUUID())),
        operations.AddField("Band", "token", models.UUIDField(unique=True, db_default=RandomUUID())),
        operations.AddField("Band", "uid", UidField()),
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
    assert judge(operations.RemoveField("Band", "town"), contract="from before the first release") == []
    (objection,) = judge(operations.AddField("Band", "style", OPTIONAL), contract="from before the first release")
    assert "take the mark away" in objection


def test_no_mark_permits_a_default_that_differs_each_time() -> None:
    field = models.CharField(max_length=20, default=uuid4)

    for operation in (operations.AddField("Band", "token", field), operations.AlterField("Band", "town", field)):
        assert any("differs" in text for text in judge(operation, contract="nothing has read it since 0.4"))


def test_a_contract_that_needs_a_release_names_the_migration_by_which_migrate_knows_it() -> None:
    gone = operations.RemoveField("Band", "town")
    (objection,) = judge(gone, contract="nothing has read it since 0.4")
    assert "since = (app, name)" in objection
    assert judge(gone, contract="nothing has read it since 0.4", since=("stage", "0001")) == []
