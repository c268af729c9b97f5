"""Template tags for navigation, available in every template without `{% load %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from bandstand.content import declaring
from bandstand_web.shell.access import may_somewhere
from bandstand_web.shell.backstage_nav import sections_for
from bandstand_web.shell.previewing import TeamTools
from bandstand_web.shell.previewing import team_tools as team_tools_of

register = template.Library()

register.simple_tag(declaring.portal_places, name="portal_places")
register.simple_tag(may_somewhere)


@register.simple_tag(takes_context=True)
def team_tools(context: Context) -> TeamTools | None:
    """Return what the page offers to the team; nothing on error pages, which may have no request."""
    request: Any = context.get("request")
    return team_tools_of(request) if getattr(request, "organization", None) else None


@register.simple_tag(takes_context=True)
def backstage_nav(context: Context) -> SafeString:
    """Return the backstage's navigation, which its pages show twice: in a menu, and beside the content."""
    template = get_template("components/backstage_nav.html")
    with context.push(sections=sections_for(context["request"])):
        return template.template.render(context)  # type: ignore[attr-defined, no-any-return] # Django's own engine
