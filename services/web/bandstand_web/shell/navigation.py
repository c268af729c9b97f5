"""Template tags for navigation, available in every template without `{% load %}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bandstand.settings.log_lines import shown_path
from bandstand_web.shell.access import may_somewhere
from bandstand_web.shell.backstage_nav import NavLink, sections_for
from bandstand_web.shell.previewing import TeamTools
from bandstand_web.shell.previewing import team_tools as team_tools_of
from bandstand_web.shell.share_pictures import picture_to_share

register = template.Library()

_HERE = SafeString(' aria-current="page"')

register.simple_tag(may_somewhere)


@register.simple_tag(takes_context=True)
def page_address(context: Context) -> str:
    """Return the page's one address, for search engines and shared links: the first page of a list has no number."""
    request: Any = context["request"]
    query = request.GET.copy()
    if query.get("page") == "1":
        del query["page"]
    return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}" if query else request.path))


@register.simple_tag(takes_context=True)
def shared_picture(context: Context, row: Any, picture: Any, title: str) -> Any:
    """Return the picture that shows where links to the page are shared; None if there is none but the portal's icon."""
    request: Any = context["request"]
    return picture_to_share(row, picture, context.get("portal"), title, request.organization.name)


@register.simple_tag(takes_context=True)
def team_tools(context: Context) -> TeamTools | None:
    """Return what the page offers to the team; nothing on error pages, which may have no request."""
    request: Any = context.get("request")
    return team_tools_of(request) if getattr(request, "organization", None) else None


@register.simple_tag(takes_context=True)
def backstage_nav(context: Context) -> SafeString:
    """Return the backstage's navigation, which its pages show twice: in a menu, and beside the content."""
    unread = unread_mark(context.get("unread_notices"))
    sections = ((_heading(heading), _links(links, unread)) for heading, links in sections_for(context["request"]))
    shown = format_html_join("", '{}<ul class="places">{}</ul>', sections)
    return format_html('<div class="backstage-nav">{}</div>', shown)


@register.simple_tag
def unread_mark(count: object) -> SafeString:
    """Return how many notices the person hasn't read, where there are some."""
    if not count:
        return SafeString()
    words = _("unread notices")
    return format_html('<span class="unread">{}<span class="visually-hidden"> {}</span></span>', count, words)


def _heading(text: str) -> SafeString:
    return format_html("<h2>{}</h2>", text) if text else SafeString()


def _links(links: Sequence[NavLink], unread: SafeString) -> SafeString:
    shown = (
        (link.url, _HERE if link.is_current else "", link.text, unread if link.counts_notices else "") for link in links
    )
    return format_html_join("", '<li><a href="{}"{}>{}{}</a></li>', shown)


@register.simple_tag(takes_context=True)
def report_link(context: Context) -> str:
    """Return where this page of a portal is reported. It names the page by its path, unless a secret is part of that.

    The page's own query isn't named: cached pages are told apart by their path and a few parameters alone.
    """
    request: Any = context.get("request")
    there = reverse("report")
    path = request.path if request else "/"
    is_nameable = request and path != there and path == shown_path(request)
    return f"{there}?page={quote(path)}" if is_nameable else there
