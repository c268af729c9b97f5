"""SQL in several statements, one at a time: a Citus cluster takes changes of distributed tables in no other way."""

from __future__ import annotations

from typing import Any

import sqlparse
from django.conf import settings
from django.db.backends.postgresql.schema import DatabaseSchemaEditor


def messages(text: str) -> list[str]:
    """Return what is sent of `text`: all at once, but on a Citus cluster each statement by itself."""
    return split(text) if settings.CITUS else [text]


def split(text: str) -> list[str]:
    """Return the statements of `text`; what stands in quotes of any kind stays together."""
    return [statement for statement in sqlparse.split(text) if statement.strip(" \n;")]


class SchemaEditor(DatabaseSchemaEditor):
    """Django's, which joins some statements that belong together."""

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Send it; on a Citus cluster one statement after the other."""
        if not settings.CITUS:
            super().execute(sql, params)
            return
        text = str(sql) if params is None else self.connection.ops.compose_sql(str(sql), params)
        for statement in split(text):
            super().execute(statement, None)
