"""Django's default connection, typed as what it is here: one that knows its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.db import connection as _connection

if TYPE_CHECKING:
    from bandstand.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", _connection)
