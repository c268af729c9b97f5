"""How Django's schema editor talks to our database: fewer indexes, and on a Citus cluster one statement at a time."""

from __future__ import annotations

from typing import Any

import sqlparse
from django.conf import settings
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model


def messages(text: str) -> list[str]:
    """Return what is sent of `text`: all at once, but on a Citus cluster each statement by itself."""
    return split(text) if settings.CITUS else [text]


def split(text: str) -> list[str]:
    """Return the statements of `text`; what stands in quotes of any kind stays together."""
    return [statement for statement in sqlparse.split(text) if statement.strip(" \n;")]


class SchemaEditor(DatabaseSchemaEditor):
    """Django's, which joins some statements that belong together, and makes an index more than ours need."""

    def _create_like_index_sql(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Make no second index for `LIKE 'beginning%'`: tables of one organization are small, thousands of schemas not.

        Each index is a file, a page and rows in five catalogues, in every portal.
        """

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Send it; on a Citus cluster one statement after the other."""
        if not settings.CITUS:
            super().execute(sql, params)
            return
        text = str(sql) if params is None else self.connection.ops.compose_sql(str(sql), params)
        for statement in split(text):
            super().execute(statement, None)
