"""Template tags for navigation, available in every template without `{% load %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from bandstand.accounts.models import User
from bandstand.content import declaring
from bandstand.content.of_bands import may_with_some
from bandstand.content.trashed import trashed_models
from bandstand_web.shell.access import is_guest, may_somewhere
from bandstand_web.shell.previewing import TeamTools
from bandstand_web.shell.previewing import team_tools as team_tools_of

register = template.Library()

register.simple_tag(declaring.portal_places, name="portal_places")
register.simple_tag(is_guest)
register.simple_tag(may_somewhere)


@register.simple_tag(takes_context=True)
def team_tools(context: Context) -> TeamTools | None:
    """Return what the page offers to the team; nothing on error pages, which may have no request."""
    request: Any = context.get("request")
    return team_tools_of(request) if getattr(request, "organization", None) else None


@register.simple_tag
def may_use_trash(user: User) -> bool:
    """Return whether the trash may have something for the user."""
    return any(may_with_some(user, "change", model) for model in trashed_models())


@register.simple_tag
def backstage_places(user: User) -> list[declaring.Place]:
    """Return the backstage's links to content that the user may see, all of it or that of some bands."""
    places = declaring.backstage_places()
    return [place for place in places if not place.permission or may_somewhere(user, place.permission)]
