"""Defaults that differ each time, such as tokens.

Django computes a column's default once and gives it to all existing rows, and a replay would give it to all tenants.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any, Final

from django.contrib.postgres.functions import RandomUUID
from django.db.models import Field

_DRAWS: Final = 20  # a choice between two values is taken for a constant once in half a million times


def is_drawn(field: Field[Any, Any]) -> bool:
    """Whether the field's default differs from row to row and isn't left to the database.

    The current time isn't drawn: it is the same moment for all rows. A default that can't be computed here is.
    """
    if not field.has_default() or not callable(field.default) or field.has_db_default():
        return False
    try:
        first, *others = [field.default() for _draw in range(_DRAWS)]
    except Exception:  # noqa: BLE001 # it asks something that isn't there, such as the database
        return True
    return not isinstance(first, date | time) and any(other != first for other in others)


def is_drawn_by_database(field: Field[Any, Any]) -> bool:
    """Whether the database draws a new value for each row: then old rows and those of old code can be unique.

    A constant isn't drawn, nor is `now()`, which is the same throughout a transaction, nor what is computed of a drawn
    value, which may lose what tells two apart.
    """
    return isinstance(field.db_default, RandomUUID) or getattr(field.db_default, "draws_anew", False)
