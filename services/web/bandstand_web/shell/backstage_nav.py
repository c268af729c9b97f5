"""What the backstage's navigation offers a person."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bandstand.content import declaring
from bandstand.content.of_bands import may_with_some
from bandstand.content.trashed import trashed_models
from bandstand_web.shell.access import is_guest, may_somewhere


@dataclass(frozen=True)
class NavLink:
    """A place in the navigation."""

    url: str
    text: str | Promise
    is_current: bool = False
    counts_notices: bool = False


Section = tuple[str, list[NavLink]]  # with its heading


def sections_for(request: Any) -> list[Section]:
    """Return the links that the person's roles allow, under their headings."""
    user = request.user
    guest = is_guest(user)
    named = [
        ("", _content(request, user, guest=guest)),
        (_("Organization"), _organization(request, user)),
        (format_html("<bdi>{}</bdi>", user), _own(request, user, guest=guest)),
    ]
    return [(heading, links) for heading, found in named if (links := list(found))]


def _content(request: Any, user: Any, *, guest: bool) -> Iterator[NavLink]:
    dashboard = reverse("backstage:dashboard")
    yield NavLink(dashboard, _("Overview"), request.path == dashboard)
    for place in declaring.backstage_places():
        if not place.permission or may_somewhere(user, place.permission):
            yield from _to(request, place.url_name, place.text)
    if not guest:
        yield from _to(request, "backstage:jobs", _("Activity"))
    if any(may_with_some(user, "change", model) for model in trashed_models()):
        yield from _to(request, "backstage:trash", _("Trash"))


def _organization(request: Any, user: Any) -> Iterator[NavLink]:
    of_team, of_settings = user.has_perm("teams.view_invitation"), user.has_perm("portals.change_portalsettings")
    if not of_team and not of_settings:
        return
    if of_team:
        yield from _to(request, "backstage:team", _("Team"))
    if user.has_perm("portals.manage_domains"):
        yield from _to(request, "backstage:domains", _("Domains"))
    if of_settings:
        yield from _to(request, "backstage:listings", _("Listings"))
        yield from _to(request, "backstage:menu", _("Menu and footer"))
        yield from _to(request, "backstage:design", _("Design"))
        yield from _to(request, "backstage:settings", _("Settings"))
    yield from _to(request, "backstage:plan", _("Plan and usage"))
    if user.has_perm("audit.view_entry"):
        yield from _to(request, "backstage:log", _("Security log"))


def _own(request: Any, user: Any, *, guest: bool) -> Iterator[NavLink]:
    of_team = not getattr(user, "visit", None)  # and not the platform's support
    if of_team:
        yield from _to(request, "backstage:notices", _("Notices"), counts_notices=True)
    yield NavLink("/", _("View portal"))
    if of_team and not guest:
        yield NavLink(reverse("admin:index"), _("Administration"))
    if of_team:
        yield from _to(request, "account_profile", _("My account"))
        yield NavLink(reverse("account_logout"), _("Log out"))


def _to(request: Any, name: str, text: str | Promise, *, counts_notices: bool = False) -> Iterator[NavLink]:
    """Yield the link, unless the installation has no such page."""
    url = _path(name, get_urlconf())
    if url:
        yield NavLink(url, text, url in request.path, counts_notices)


@functools.cache
def _path(name: str, urlconf: str | None) -> str:
    try:
        return reverse(name, urlconf)
    except NoReverseMatch:
        return ""
