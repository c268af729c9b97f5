"""JSON-LD for search engines. Source: https://json-ld.org, https://schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import urljoin

from django.utils.safestring import SafeString, mark_safe

from bandstand.content.plain_text import one_line

# Text containing "</script>" must not close the element.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def json_ld(data: dict[str, Any]) -> SafeString:
    """Return `data` without its empty values, safe in a script element; texts become one line each."""
    said = {name: _plain(value) for name, value in data.items() if value}
    text = json.dumps({"@context": "https://schema.org", **said}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 # nothing in it can end the element


class HasAddress(Protocol):
    """A row with a page."""

    def get_absolute_url(self) -> str:
        """Return the page's path."""


def item_list(rows: Iterable[HasAddress], *, base: str) -> SafeString:
    """Return the JSON-LD of a list of `rows`, of those that stand on the page; `base` is the portal's URL.

    Source: https://schema.org/ItemList.
    """
    items = [
        {"@type": "ListItem", "position": position, "url": urljoin(base, row.get_absolute_url())}
        for position, row in enumerate(rows, 1)
    ]
    return json_ld({"@type": "ItemList", "itemListElement": items}) if items else SafeString()


def trail(*steps: tuple[Any, str], base: str) -> SafeString:
    """Return the JSON-LD of the way to a page: name and path of each page above it, and its own.

    Source: https://schema.org/BreadcrumbList.
    """
    items = [
        {"@type": "ListItem", "position": position, "name": str(name), "item": urljoin(base, path)}
        for position, (name, path) in enumerate(steps, 1)
    ]
    return json_ld({"@type": "BreadcrumbList", "itemListElement": items})


def organization(name: str, *, description: str, logo: str, base: str) -> SafeString:
    """Return the JSON-LD of whoever has the portal. Source: https://schema.org/Organization."""
    said = {"@type": "Organization", "name": name, "url": base, "description": description}
    return json_ld({**said, "logo": urljoin(base, logo) if logo else ""})


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
