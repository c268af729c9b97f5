"""Django's own PostgreSQL backend; shared code asks it for the name of the schema, which never changes here."""

from __future__ import annotations

import os
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Knows its schema by name and does nothing about it."""

    schema_name = os.environ.get("BENCH_SCHEMA", "")
    tenant: Any = None

    def set_schema(self, *_arguments: object, **_more: object) -> None:
        """Stay: the tables of `public` are on the search path, too."""

    set_tenant = set_schema_to_public = set_schema
