"""The last line of defence: strips characters that can't be stored, shown or exported from all text parameters.

Forms, URLs and spreadsheets clean their input themselves, so that people see the result. Text from elsewhere (a
command, a webhook, a job, a library) is cleaned here (ADR 41).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bandstand.content.plain_text import clean_text


def clean_values(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run a statement with its text parameters cleaned. Source: Django, "Database instrumentation"."""
    return execute(sql, _clean(params), many, context)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if type(value) in {list, tuple}:
        return type(value)(map(_clean, value))
    if type(value) is dict:
        return {key: _clean(each) for key, each in value.items()}
    return value
