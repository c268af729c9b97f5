"""What pages are called, by their paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from bandstand.content.addressed import Addressed
from bandstand.content.declaring import portal_places
from bandstand.content.kinds import kinds_of
from bandstand.content.publishable import Publishable


def titles_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the titles of those pages that visitors see and that have one. A query for each kind of row among them."""
    lists = {reverse("home"): _("Home")} | {reverse(place.url_name): str(place.text) for place in portal_places()}
    by_slug: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if path not in lists and (slug := _slug_in(path)):
            by_slug[slug].append(path)
    found = dict(lists)
    for model in kinds_of(Addressed) if by_slug else ():
        found |= _titles_of_kind(model, by_slug)
    return found


def _titles_of_kind(model: Any, by_slug: dict[str, list[str]]) -> dict[str, str]:
    if not (issubclass(model, Publishable) and hasattr(model, "get_absolute_url")):
        return {}
    pages = {slug: model(slug=slug).get_absolute_url() for slug in by_slug}
    here = {slug: [path for path in by_slug[slug] if _is_of(path, page)] for slug, page in pages.items()}
    wanted = [slug for slug, found in here.items() if found]
    rows = model.objects.published().filter(slug__in=wanted) if wanted else ()
    return {path: str(row) for row in rows for path in here[row.slug]}


def _is_of(path: str, page: str) -> bool:
    """Whether the path is the page, or something below it or another form of it (".ics")."""
    stem = page.rstrip("/")
    return path.startswith(stem) and path[len(stem) :][:1] in {"", "/", "."}


def _slug_in(path: str) -> str:
    try:
        return str(resolve(path).kwargs.get("slug", ""))
    except Resolver404:  # of another release
        return ""
