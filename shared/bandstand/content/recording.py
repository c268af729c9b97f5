"""How changes of content are recorded: a model declares it, one operation of a migration installs it.

It imports no model, as the database's backend reads it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.migrations import RunSQL

TRIGGER = "content_change_recorded"
# Columns that say nothing that the record itself doesn't.
ALWAYS_UNRECORDED = ("created_at", "id", "uid", "updated_at")


@dataclass(frozen=True)
class TableRecording:
    """How one table is recorded: under which kind, and where the id of that kind's row is found."""

    table: str
    kind: str  # label of the model whose history shows the change
    part: str = ""  # label of the table's own model, where it is a part of the kind's row
    column: str = "id"  # the column that holds the kind's id
    via: str = ""  # "table.column", if `column` refers to a part, which refers to the kind's row
    unrecorded: tuple[str, ...] = ()

    def sql(self) -> str:
        """Return the statement that makes the trigger."""
        owner = {self.column} if self.part and not self.via else set()
        ignored = ",".join(sorted({*ALWAYS_UNRECORDED, *self.unrecorded, *owner}))
        arguments = ", ".join(f"'{text}'" for text in (self.kind, self.part, self.column, ignored, self.via))
        return (
            f"CREATE TRIGGER {TRIGGER} AFTER INSERT OR DELETE OR UPDATE ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION public.content_change_record({arguments})"
        )


def record_changes(table: str, **said: Any) -> RunSQL:
    """Return the operation that records the changes of `table`; see `TableRecording` for what to say of it."""
    return RunSQL(TableRecording(table, **said).sql(), f"DROP TRIGGER {TRIGGER} ON {table}")


@functools.cache
def recordings() -> dict[str, TableRecording]:
    """Return how each table is recorded, by its name: what the subclasses of `content.recorded.Recorded` declare."""
    declared = (model for model in apps.get_models() if hasattr(model, "recorded_under"))
    return {each.table: each for model in declared for each in _recordings_of(model)}


def _recordings_of(model: Any) -> Iterator[TableRecording]:
    about: Any = model._meta  # noqa: SLF001 # documented by Django
    apart = (field.column for field in about.concrete_fields if not getattr(field, "is_recorded", True))
    unrecorded = (*model.unrecorded, *apart)
    kind, under = about.label_lower, ""
    if model.recorded_under:
        parent = about.get_field(model.recorded_under)
        kind, under = parent.related_model._meta.label_lower, parent.column  # noqa: SLF001
        yield TableRecording(about.db_table, kind, about.label_lower, under, unrecorded=unrecorded)
    else:
        yield TableRecording(about.db_table, kind, unrecorded=unrecorded)
    for name in model.recorded_links:
        link = about.get_field(name).remote_field.through._meta  # noqa: SLF001
        column = about.get_field(name).m2m_column_name()
        yield TableRecording(
            link.db_table, kind, link.label_lower, column, via=f"{about.db_table}.{under}" if under else ""
        )
