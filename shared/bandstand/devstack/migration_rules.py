"""`make lint`: no migration may break the previous release, which keeps serving while the migration runs.

Old code breaks on a table or column that was dropped or renamed, a required column that its INSERTs omit, and a type
or constraint that its values don't satisfy. docs/migrations.md shows how to make such a change in two releases.
The migration of the second release declares it: `contract = "nothing has read it since 0.4"`, and `since`, the last
migration of 0.4, without which `migrate` refuses to run it.

Nor may a migration give existing rows a default that differs each time: it can't be replayed, and takes some 300 ms a
tenant and a statement a row. A unique column is filled by a function that the database calls for each row: two rows of
old code would have the same constant.
With BANDSTAND_CITUS it also names what a cluster refuses in SQL; Django's own operations are adapted to one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.constraints import BaseConstraint
from django.db.models.fields import NOT_PROVIDED

from bandstand.database.drawn_defaults import is_drawn, is_drawn_by_database
from bandstand.database.statements import split

_GONE: dict[type[Operation], str] = {
    operations.DeleteModel: "drops a table that old code reads",
    operations.RemoveField: "drops a column that old code names in every query",
    operations.RenameModel: "renames a table under old code",
    operations.RenameField: "renames a column under old code",
    operations.AlterModelTable: "renames a table under old code",
}
_HARMLESS = (
    operations.CreateModel,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.RenameIndex,
    operations.RemoveConstraint,
    operations.AlterConstraint,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterModelTableComment,
    operations.AlterOrderWithRespectTo,
    operations.RunPython,
)
# In raw SQL: statements that remove what old code uses, or refuse what it writes.
_SQL = re.compile(
    r"\bDROP\s+(TABLE|COLUMN|SCHEMA|VIEW)\b|\bRENAME\b|\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b"
    r"|\bSET\s+NOT\s+NULL\b|\bADD\s+(CONSTRAINT|CHECK|UNIQUE)\b|\bCREATE\s+UNIQUE\s+INDEX\b",
    re.IGNORECASE,
)


# What a Citus cluster refuses in schemas that it has spread, or loses.
_REFUSED_BY_CITUS = {
    r"\bRENAME\s+CONSTRAINT\b": "a Citus cluster can't rename a constraint: drop it, and add the new one",
    r"\bMERGE\s+INTO\b": "a Citus cluster refuses MERGE with functions that aren't immutable: use UPDATE and INSERT",
    r"\bINSERT\s+INTO\b(?:(?!\bVALUES\b)[^;])*?\bSELECT\b": (
        "a Citus cluster can't push down an INSERT of a query's rows: read them into a record, and insert values"
    ),
    r"\bADD\s+(?:COLUMN\s+)?(?!CONSTRAINT\b)[^,;]*?\bCHECK\b": (
        "a Citus cluster refuses a CHECK within a new column: add a named constraint after the column"
    ),
}


def objections(migration: Migration, state: ProjectState) -> list[str]:
    """Return what in `migration` is refused. Advances `state` from before the migration to after it."""
    found = []
    drawn = _of_a_cluster(migration) if settings.CITUS else []
    made: set[tuple[str, str]] = set()  # new tables, which old code doesn't use
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        for part in _in_the_database([operation]):
            if isinstance(part, operations.CreateModel):
                made.add((migration.app_label, part.name_lower))
            name = getattr(part, "model_name_lower", None) or getattr(part, "name_lower", "")
            if (migration.app_label, name) not in made:
                found += _objections(part, migration.app_label, before, state)
                drawn += _of_a_drawn_default(part, migration.app_label, before)
    contract = getattr(migration, "contract", "")
    if re.search(r"\bsince\b", contract) and not hasattr(migration, "since"):
        return [*drawn, "is safe since a release, so name that release's last migration: since = (app, name)"]
    if found and contract:
        return drawn
    if contract:
        return [*drawn, "is marked as a contract, but breaks nothing: take the mark away"]
    return found + drawn


def _of_a_drawn_default(operation: Any, app: str, before: ProjectState) -> list[str]:
    if isinstance(operation, operations.AlterField):
        old = before.models[app, operation.model_name_lower].fields[operation.name]
        fills = old.null and not operation.field.null
    else:
        fills = isinstance(operation, operations.AddField)
    if not fills or not is_drawn(operation.field):
        return []
    reason = "its default differs each time: use a db_default, or fill the rows in a step of their own"
    return [f"{_words(operation)}: {reason}"]


def _of_a_cluster(migration: Migration) -> list[str]:
    """Return what in the migration's own SQL a Citus cluster refuses."""
    statements = [
        statement
        for part in _in_the_database(migration.operations)
        if isinstance(part, operations.RunSQL)
        for statement in _statements(part.sql)
    ]
    return [
        reason
        for pattern, reason in _REFUSED_BY_CITUS.items()
        if any(re.search(pattern, statement, re.IGNORECASE) for statement in statements)
    ]


def _statements(given: Any) -> list[str]:
    """Return RunSQL's statements; several in one string are sent one by one."""
    if isinstance(given, str):
        return split(given)
    return [each for part in given for each in split(part if isinstance(part, str) else part[0])]


def _in_the_database(parts: Iterable[Any]) -> Iterator[Any]:
    for operation in parts:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _in_the_database(operation.database_operations)
        else:
            yield operation


def _objections(operation: Any, app: str, before: ProjectState, after: ProjectState) -> list[str]:
    for kind, reason in _GONE.items():
        if isinstance(operation, kind):
            return [f"{_words(operation)}: {reason}"]
    if isinstance(operation, operations.AddField):
        reasons = _of_a_new_column(operation.field)
    elif isinstance(operation, operations.AlterField):
        key = (app, operation.model_name_lower)
        reasons = _of_a_changed_column(before.models[key].fields[operation.name], operation.field)
    elif isinstance(operation, operations.AddConstraint):
        reasons = _of_a_rule(operation.constraint)
    elif isinstance(operation, operations.AlterUniqueTogether | operations.AlterIndexTogether):
        reasons = ["refuses rows that old code may write"] if operation.option_value else []
    elif isinstance(operation, operations.RunSQL):
        reasons = _of_sql(operation.sql)
    elif isinstance(operation, _HARMLESS) or type(operation).__module__.startswith("django.contrib.postgres"):
        reasons = []
    else:
        reasons = ["is an operation that nobody here can judge"]
    return [f"{_words(operation)}: {reason}" for reason in reasons]


def _words(operation: Operation) -> str:
    return str(operation.describe())


def _of_a_new_column(field: models.Field[Any, Any]) -> list[str]:
    if field.many_to_many or field.null or field.db_default is not NOT_PROVIDED:
        repeats = field.unique and field.db_default is not NOT_PROVIDED and not is_drawn_by_database(field)
        return ["refuses rows that old code may write"] if repeats else []
    return ["old code's INSERTs leave the column empty: give it null=True or a db_default"]


def _of_a_changed_column(old: models.Field[Any, Any], new: models.Field[Any, Any]) -> list[str]:
    found = []
    if old.null and not new.null and new.db_default is NOT_PROVIDED:
        found.append("old code writes NULL there: keep null=True, or give it a db_default")
    if old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED and not new.null:
        found.append("old code leaves the value to the database: keep the db_default")
    if new.unique and not old.unique:
        found.append("refuses rows that old code may write")
    if (old.db_column or "") != (new.db_column or ""):
        found.append("renames a column under old code")
    if not _takes_the_same(old, new):
        found.append("the column's new type doesn't take all that old code writes")
    return found


def _takes_the_same(old: models.Field[Any, Any], new: models.Field[Any, Any]) -> bool:
    """Whether a column of the new type accepts every value of the old type and returns it unchanged."""
    text = (models.CharField, models.TextField)
    if isinstance(old, text) and isinstance(new, text):
        return isinstance(new, models.TextField) or (
            isinstance(old, models.CharField) and (old.max_length or 0) <= (new.max_length or 0)
        )
    if old.get_internal_type() != new.get_internal_type():
        wider = {"SmallIntegerField": 1, "IntegerField": 2, "BigIntegerField": 3}
        kinds = (old.get_internal_type(), new.get_internal_type())
        return all(kind in wider for kind in kinds) and wider[kinds[0]] < wider[kinds[1]]
    if old.is_relation and new.is_relation:
        return str(old.related_model).lower() == str(new.related_model).lower()
    sizes = ("max_digits", "decimal_places")
    return all(getattr(old, name, None) == getattr(new, name, None) for name in sizes)


def _of_a_rule(constraint: BaseConstraint) -> list[str]:
    return [f"{type(constraint).__name__} refuses rows that old code may write"]


def _of_sql(statements: Any) -> list[str]:
    if isinstance(statements, str):
        found = _SQL.search(statements)
        return [f"“{found.group()}” takes something away from old code, or refuses what it writes"] if found else []
    if statements == operations.RunSQL.noop:
        return []
    parts = [part if isinstance(part, str) else part[0] for part in statements]
    return [reason for part in parts for reason in _of_sql(part)]


def main() -> int:
    """Print the objections to the project's migrations; return 1 if there are any."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_web.settings")
    django.setup()
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    graph = MigrationLoader(None).graph
    state, wrong = ProjectState(), 0
    for key in graph._generate_plan(graph.leaf_nodes(), at_end=True):  # noqa: SLF001
        migration = graph.nodes[key]
        for objection in objections(migration, state):
            if type(migration).__module__.startswith("bandstand."):
                sys.stdout.write(f"{key[0]}.{key[1]}: {objection}\n")
                wrong += 1
    if wrong:
        sys.stdout.write("The release before goes on serving while these run: see docs/migrations.md.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
