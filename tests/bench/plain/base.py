"""Django's own PostgreSQL backend; shared code asks it for the name of the schema, which never changes here."""

from __future__ import annotations

import os
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Knows its schema by name and does nothing about it."""

    schema_name = os.environ.get("BENCH_SCHEMA", "")
    tenant: Any = None
