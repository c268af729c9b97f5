"""Adapts Django's schema editor: fewer indexes, triggers of fields, drawn defaults row by row, and Citus."""

from __future__ import annotations

from copy import copy
from types import TracebackType
from typing import Any

import sqlparse
from django.conf import settings
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.backends.utils import truncate_name
from django.db.models import Field, Model

from bandstand.database.drawn_defaults import is_drawn


def messages(text: str) -> list[str]:
    """Return the messages to send for `text`: a single one, or one per statement on a Citus cluster."""
    return split(text) if settings.CITUS else [text]


def split(text: str) -> list[str]:
    """Return the statements of `text`; quoted strings of any kind stay whole."""
    return [statement for statement in sqlparse.split(text) if statement.strip(" \n;")]


# Between several migrations in one transaction: PostgreSQL doesn't alter a table that has deferred checks pending.
END_OF_MIGRATION = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"


class SchemaEditor(DatabaseSchemaEditor):
    """Django's schema editor, which joins some statements and creates indexes that we don't need."""

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, place: TracebackType | None
    ) -> None:
        super().__exit__(kind, problem, place)
        if kind is None and self.connection.in_atomic_block:
            with self.connection.cursor() as cursor:
                for statement in split(END_OF_MIGRATION):
                    cursor.execute(statement)

    def _create_like_index_sql(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Skip the extra index for `LIKE 'prefix%'`: each organization's tables are small, but there are many schemas.

        Each index costs a file, a page and rows in five system catalogs, in every portal.
        """

    def _field_should_be_indexed(self, model: type[Model], field: Field[Any, Any]) -> bool:
        """Skip the index with which the unique index of a table of links begins."""
        about = model._meta  # noqa: SLF001 # documented
        repeats = bool(about.auto_created) and any(field.name == pair[0] for pair in about.unique_together)
        return not repeats and bool(super()._field_should_be_indexed(model, field))  # type: ignore[misc] # untyped

    def add_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Add the column; a default that differs each time is drawn for each row.

        A Citus cluster refuses a column with a CHECK of its own, and names a UNIQUE otherwise than PostgreSQL: there
        both follow the column.
        """
        rules = self._rules_of_column(field) if settings.CITUS else {}
        if rules:
            self.sql_check_constraint = ""
        try:
            super().add_field(model, _without_unique(field) if rules else field)
        finally:
            self.sql_check_constraint = DatabaseSchemaEditor.sql_check_constraint
        table, column = str(model._meta.db_table), str(field.column)  # noqa: SLF001 # documented
        for what, rule in rules.items():
            name = truncate_name(
                f"{table}_{column}_{what}", self.connection.ops.max_name_length()
            )  # as PostgreSQL does
            named = f"ADD CONSTRAINT {self.quote_name(name)} {rule}"
            self.execute(f"ALTER TABLE {self.quote_name(table)} {named}", None)
        if is_drawn(field):
            self._draw(model, field, "")
        self._add_triggers(model, field)

    def _rules_of_column(self, field: Field[Any, Any]) -> dict[str, str]:
        """Return the constraints that Django writes into a column, by how PostgreSQL's names for them end."""
        check = field.db_parameters(self.connection)["check"]
        unique = field.unique and not field.primary_key
        rules = {"check": f"CHECK ({check})" if check else ""}
        rules["key"] = f"UNIQUE ({self.quote_name(str(field.column))})" if unique else ""
        return {what: rule for what, rule in rules.items() if rule}

    def alter_field(
        self, model: type[Model], old_field: Field[Any, Any], new_field: Field[Any, Any], strict: bool = False
    ) -> None:
        """Alter the column; what replaces NULL is drawn for each row, if it differs each time.

        Where a foreign key only gets or loses its index, Django would make the key anew too, and lock the other table.
        """
        if old_field.remote_field and _without_index(old_field) == _without_index(new_field):
            old_field, new_field = _without_constraint(old_field), _without_constraint(new_field)
        if old_field.null and not new_field.null and is_drawn(new_field):
            self._draw(model, new_field, f" WHERE {self.quote_name(str(old_field.column))} IS NULL")
        super().alter_field(model, old_field, new_field, strict)
        if not hasattr(old_field, "triggers"):
            self._add_triggers(model, new_field)

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        for field in model._meta.local_concrete_fields:  # noqa: SLF001 # documented
            self._add_triggers(model, field)

    def _add_triggers(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Add the triggers that the field declares: what each is called after table and column, and the rest of it.

        A field with a rule that has to hold for old code and for SQL brings it along, to every table that has it.
        """
        triggers: dict[str, str] = getattr(field, "triggers", {})
        table, column, kind = str(model._meta.db_table), str(field.column), model._meta.label_lower  # noqa: SLF001
        for what, definition in triggers.items():
            name = truncate_name(f"{table}_{column}_{what}", self.connection.ops.max_name_length())
            rest = definition.format(table=self.quote_name(table), column=self.quote_name(column), kind=kind)
            self.execute(f"CREATE TRIGGER {self.quote_name(name)} {rest}", None)

    def _draw(self, model: type[Model], field: Field[Any, Any], which: str) -> None:
        names = (model._meta.db_table, field.column, model._meta.pk.column)  # noqa: SLF001
        table, column, key = (self.quote_name(str(name)) for name in names)
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT {key} FROM {table}{which}")  # noqa: S608 # made of quoted names
            drawn = [(self.effective_default(field), *row) for row in cursor.fetchall()]
            cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", drawn)  # noqa: S608 # as above

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Execute `sql`; on a Citus cluster one statement after the other."""
        if not settings.CITUS:
            super().execute(sql, params)
            return
        text = str(sql) if params is None else self.connection.ops.compose_sql(str(sql), params)
        for statement in split(text):
            super().execute(statement, None)


def _without_unique(field: Field[Any, Any]) -> Field[Any, Any]:
    bare = copy(field)
    bare.unique = False  # a cached property
    return bare


def _without_index(field: Field[Any, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    _name, path, arguments, given = field.deconstruct()
    return path, list(arguments), {**given, "db_index": True}


def _without_constraint(field: Field[Any, Any]) -> Field[Any, Any]:
    bare = copy(field)
    bare.db_constraint = False  # type: ignore[attr-defined] # foreign keys have it
    return bare
