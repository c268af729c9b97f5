"""JSON-LD for search engines. Source: https://json-ld.org, https://schema.org."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from bandstand.content.plain_text import one_line

# Text containing "</script>" must not close the element.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def json_ld(data: dict[str, Any]) -> SafeString:
    """Return `data` without its empty values, safe in a script element; texts become one line each."""
    said = {name: _plain(value) for name, value in data.items() if value}
    text = json.dumps({"@context": "https://schema.org", **said}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 # nothing in it can end the element


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
