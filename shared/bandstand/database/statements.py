"""Adapts Django's schema editor: fewer indexes, and one statement per message on a Citus cluster."""

from __future__ import annotations

from typing import Any

import sqlparse
from django.conf import settings
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model


def messages(text: str) -> list[str]:
    """Return the messages to send for `text`: a single one, or one per statement on a Citus cluster."""
    return split(text) if settings.CITUS else [text]


def split(text: str) -> list[str]:
    """Return the statements of `text`; quoted strings of any kind stay whole."""
    return [statement for statement in sqlparse.split(text) if statement.strip(" \n;")]


class SchemaEditor(DatabaseSchemaEditor):
    """Django's schema editor, which joins some statements and creates an index that we don't need."""

    def _create_like_index_sql(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Skip the extra index for `LIKE 'prefix%'`: each organization's tables are small, but there are many schemas.

        Each index costs a file, a page and rows in five system catalogs, in every portal.
        """

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Execute `sql`; on a Citus cluster one statement after the other."""
        if not settings.CITUS:
            super().execute(sql, params)
            return
        text = str(sql) if params is None else self.connection.ops.compose_sql(str(sql), params)
        for statement in split(text):
            super().execute(statement, None)
