"""Template tags for what stands around pages, available in every template without `{% load %}`."""

from __future__ import annotations

from django import template
from django.template import Context

from bandstand_web.site_frame import links
from bandstand_web.site_frame.social_icons import ICONS

register = template.Library()


@register.simple_tag(takes_context=True)
def site_frame(context: Context) -> links.SiteFrame:
    """Return menu and footer of the portal. Costs up to a query, so a page asks once."""
    return links.site_frame(context["request"])


@register.filter
def social_icon(network: str) -> str:
    """Return the path of a network's icon, on a grid of 24."""
    return ICONS[network]
