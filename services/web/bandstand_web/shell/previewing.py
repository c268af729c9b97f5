"""Pages of rows that visitors don't see yet: which row a page is about, who may see it, and the links to previews."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from bandstand.accounts.models import User
from bandstand.content.appearing import Appearing, appearing_models, reachable_rows
from bandstand.content.previewing import previewing
from bandstand.content.whole_numbers import whole_number
from bandstand.database.connection import connection
from bandstand.media.links import picture_links
from bandstand.organizations.models import Organization
from bandstand_web.accounts import second_factors
from bandstand_web.shell.access import may_with

_SALT = "bandstand.previews"
_ROW = "row_of_this_address"
_TOKEN = re.compile(r"([a-z0-9_]+\.[a-z0-9_]+)-([0-9]+)-([-\w]+)", re.ASCII)
HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
# Where the page's address holds a token, the next page learns the host alone.
HEADERS_OF_LINKS = {**HEADERS, "Referrer-Policy": "strict-origin"}


@dataclass(frozen=True)
class Preview:
    """A row that is shown before visitors see it; noted on the request as `preview`."""

    row: Any
    appears_at: datetime | None  # None for one that nobody has scheduled
    link_until: datetime | None = None  # where it is seen by a preview link
    is_for_team: bool = False  # it is published, for the team alone

    @classmethod
    def of(cls, row: Any, *, link_until: datetime | None = None) -> Preview:
        """Return the preview of a row; asked before the row counts as published."""
        return cls(row, row.appears_at if row.is_scheduled else None, link_until, row.is_visible)


@dataclass(frozen=True)
class TeamTools:
    """What a portal's page offers to whoever may do more than visitors, with the row that it is about."""

    row: Any
    preview: Preview | None
    edit_url: str
    publish_url: str


def kinds_with_pages() -> list[Any]:
    """Return the kinds whose rows appear on a page of their own."""
    return [model for model in appearing_models() if hasattr(model, "get_absolute_url")]


def row_at(request: HttpRequest) -> Any:
    """Return the row whose page, or a page below it, the request asks for, or None.

    Whether visitors see it says its `is_public`. Costs a query at most, however often it is called.
    """
    if not hasattr(request, _ROW):
        setattr(request, _ROW, _find_row(request))
    return getattr(request, _ROW)


def _find_row(request: HttpRequest) -> Any:
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    named = {name: value for name, value in parts.items() if name in {"pk", "slug"}}
    if (
        getattr(request, "organization", None) is None
        or len(named) != 1
        or ("pk" in named and whole_number(str(named["pk"])) is None)
    ):
        return None
    kinds = [model for model in kinds_with_pages() if "slug" not in named or hasattr(model, "slug")]
    pages = {model: model(**named).get_absolute_url().rstrip("/") for model in kinds}
    # The longest first: below "/tours/", the word "tours" is a tour's, and no page's.
    for model, page in sorted(pages.items(), key=lambda found: -len(found[1])):
        if page and request.path_info.startswith((f"{page}/", f"{page}.")):
            public = Exists(reachable_rows(model).filter(pk=OuterRef("pk")))
            return model._default_manager.filter(**named).annotate(is_public=public).first()  # noqa: SLF001 # documented
    return None


def is_published(row: Any) -> bool:
    """Whether visitors see the row."""
    return bool(reachable_rows(type(row)).filter(pk=row.pk).exists())


def may_see_draft(request: HttpRequest, row: Appearing) -> bool:
    """Whether whoever is logged in may see the row before visitors do."""
    user = request.user
    return isinstance(user, User) and may_with(user, "view", row) and not second_factors.is_missing(request)


def team_tools(request: HttpRequest) -> TeamTools | None:
    """Return what the page of a row offers to whoever is logged in; None for visitors, and on other pages."""
    preview: Preview | None = getattr(request, "preview", None)
    user = getattr(request, "user", None)
    row: Any = preview.row if preview else row_at(request) if isinstance(user, User) else None
    may_change = isinstance(user, User) and row is not None and may_with(user, "change", row)
    if preview is None and not may_change:
        return None
    return TeamTools(
        row,
        preview,
        edit_url=row.get_edit_url() if may_change else "",
        publish_url=publish_url(row) if may_change and preview and not preview.is_for_team else "",
    )


def preview_page(request: HttpRequest, preview: Preview, match: ResolverMatch) -> HttpResponse:
    """Return the page that visitors will see, in which this row alone counts as published; nobody keeps it."""
    request.preview = preview  # type: ignore[attr-defined]
    with previewing(preview.row), picture_links(last=False):
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response = response.render()
    for name, value in (HEADERS_OF_LINKS if preview.link_until else HEADERS).items():
        response[name] = value
    return response


def page_of_row(row: Any) -> ResolverMatch | None:
    """Return the view of the row's page."""
    try:
        return resolve(row.get_absolute_url())
    except Resolver404:
        return None


def publish_url(row: Any) -> str:
    """Return where the row is published."""
    return reverse("backstage:preview_publish", args=names_of(row))


def preview_link(row: Any, organization: Organization) -> str:
    """Return the row's preview link, which leads nowhere at another portal."""
    return organization.url(reverse("preview", args=[_token(row)]))


def row_of_token(token: str) -> Any:
    """Return the living row that a preview link shows; None for a link that is wrong, expired or revoked."""
    parts = _TOKEN.fullmatch(token)
    pk = whole_number(parts[2]) if parts else None
    model = kind_named(parts[1]) if parts else None
    row: Any = model._default_manager.filter(pk=pk).first() if model and pk is not None else None  # noqa: SLF001
    return row if row is not None and row.has_preview_link and _is_signed(row, token) else None


def kind_named(name: str) -> Any:
    """Return the kind of this name, or None."""
    return next((model for model in kinds_with_pages() if model._meta.label_lower == name), None)  # noqa: SLF001


def names_of(row: Any) -> tuple[str, int]:
    """Return what previews' addresses name a row by: its kind, as `kind_named` takes it, and its key."""
    return row._meta.label_lower, row.pk  # noqa: SLF001 # documented


def _token(row: Any) -> str:
    kind, pk = names_of(row)
    return f"{kind}-{pk}-{Signer(salt=_SALT).signature(_signed(row))}"


def _is_signed(row: Any, token: str) -> bool:
    signature = token.split("-", 2)[2]
    try:
        Signer(salt=_SALT).unsign(f"{_signed(row)}:{signature}")
    except BadSignature:
        return False
    return True


def _signed(row: Any) -> str:
    """Return all that a link depends on: a row of the same number in another schema, or a copy of it, is another."""
    until = row.preview_until.isoformat()
    return "/".join((connection.schema_name, *map(str, names_of(row)), until, row.preview_secret))
