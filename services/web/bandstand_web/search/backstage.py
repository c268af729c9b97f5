"""Finding anything in the backstage: places, content and drafts, people and messages, as far as somebody sees them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bandstand.content.appearing import Appearing
from bandstand.content.highlighting import folded
from bandstand.content.kinds import kinds_of
from bandstand.content.of_bands import may_with_some, rows_for
from bandstand.content.one_search import search_among
from bandstand.content.plain_text import one_line
from bandstand.content.searched import Searched
from bandstand.content.searching import QUERY_MAX_LENGTH, search_words
from bandstand.enquiries.models import Enquiry
from bandstand_web.requests import TeamRequest
from bandstand_web.search.results import name_of
from bandstand_web.shell.access import GUESTS_TOO, needs
from bandstand_web.shell.backstage_nav import NavLink, sections_for
from bandstand_web.shell.own_rows import rights_add
from bandstand_web.shell.views import KindChange

ROWS_SHOWN = 12
MESSAGES_SHOWN = 5
_IN_MESSAGES = ("subject", "sender_name", "sender_email", "message", "band__name")


@dataclass(frozen=True)
class FoundRow:
    """A row, and where somebody gets to it."""

    row: Any
    kind: str
    name: str
    url: str
    when: Any  # a moment, or None

    @property
    def appears(self) -> bool:
        """Whether it says that visitors see it, or when."""
        return isinstance(self.row, Appearing)


@require_safe
@needs(GUESTS_TOO)
def find(request: TeamRequest) -> HttpResponse:
    """Show what is found; htmx, for the dialog that opens by Ctrl-K, gets the results alone."""
    query = one_line(request.GET.get("q", "")[:QUERY_MAX_LENGTH])
    context = {
        "wanted": query,
        "places": _places(request, query) if query else [],
        "rows": _rows(request.user, query),
        "messages_found": _messages(request.user, query),
        "query_max_length": QUERY_MAX_LENGTH,
    }
    response = render(request, f"search/backstage/{'found' if request.htmx else 'page'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _places(request: TeamRequest, query: str) -> list[NavLink]:
    """Return the links of the person's navigation in whose text each word begins one."""
    wanted = [folded(word) for word in search_words(query)]
    links = [link for _heading, links in sections_for(request) for link in links]
    return [link for link in links if wanted and all(_begins_one(word, str(link.text)) for word in wanted)]


def _begins_one(wanted: str, text: str) -> bool:
    return any(folded(word).startswith(wanted) for word in text.split())


def _rows(user: Any, query: str) -> list[FoundRow]:
    """Return the rows of all kinds that match best, among those that the user may see."""
    seen = [_seen(user, kind) for kind in kinds_of(Searched) if may_with_some(user, "view", kind)]
    keys = search_among(query, seen, for_visitors=False).keys()[:ROWS_SHOWN]
    found: dict[tuple[Any, int], FoundRow] = {}
    for kind in dict.fromkeys(kind for kind, _key in keys):
        rows = _for_table(_seen(user, kind)).in_bulk([key for each, key in keys if each is kind])
        rights_add(list(rows.values()), user)
        found |= {(kind, key): _found_row(kind, row) for key, row in rows.items()}
    return [found[each] for each in keys if each in found]


def _seen(user: Any, kind: Any) -> Any:
    return rows_for(user, "view", kind._default_manager.all())  # noqa: SLF001 - Django documents it


def _for_table(rows: Any) -> Any:
    return rows.for_table() if hasattr(rows, "for_table") else rows


def _found_row(kind: type[Searched], row: Any) -> FoundRow:
    name = str(getattr(row, "headline", row))
    when = getattr(row, "local_start", None) or (kind.found_in_order_of and getattr(row, kind.found_in_order_of))
    return FoundRow(row, name_of(kind), name, _url(kind, row, name), when or None)


def _url(kind: type[Searched], row: Any, name: str) -> str:
    """Return the path of the row's form; for those who may not change it, of the list, searched for its name."""
    view = _forms()[kind]
    if row.may_change:
        return reverse(f"backstage:{view.url_name}_edit", args=[row.pk])
    return f"{reverse(f'backstage:{view.list_url_name}')}?{urlencode({'q': name})}"


@functools.cache
def _forms() -> dict[Any, type[KindChange]]:
    """Return the view that changes a row, by kind. The rooms are loaded by the time that a request comes."""
    return {view.model: view for view in _below(KindChange) if hasattr(view, "model")}


def _below(view: type[KindChange]) -> Iterator[type[KindChange]]:
    for each in view.__subclasses__():
        yield each
        yield from _below(each)


def _messages(user: Any, query: str) -> Sequence[Enquiry]:
    words = search_words(query)
    if not words or not may_with_some(user, "view", Enquiry):
        return []
    messages = rows_for(user, "view", Enquiry.objects.wanted().select_related("band"))
    for word in words:
        anywhere = Q()
        for field in _IN_MESSAGES:
            anywhere |= Q(**{f"{field}__icontains": word})
        messages = messages.filter(anywhere)
    return list(messages[:MESSAGES_SHOWN])
