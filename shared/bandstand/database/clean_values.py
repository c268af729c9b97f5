"""The last door: no text goes to the database with what can't be stored, shown or exported.

Forms, addresses and spreadsheets clean what they take in, so that people see it. What comes another way (a command, a
webhook, a job, somebody's library) is cleaned here (ADR 41).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bandstand.content.plain_text import clean_text


def clean_values(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run a statement with its texts cleaned. Source: Django, "Database instrumentation"."""
    return execute(sql, _clean(params), many, context)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if type(value) in {list, tuple}:
        return type(value)(map(_clean, value))
    if type(value) is dict:
        return {key: _clean(each) for key, each in value.items()}
    return value
