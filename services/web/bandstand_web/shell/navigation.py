"""Template tags for navigation, available in every template without `{% load %}`."""

from __future__ import annotations

from django import template

from bandstand.content import declaring

register = template.Library()

register.simple_tag(declaring.portal_places, name="portal_places")
register.simple_tag(declaring.backstage_places, name="backstage_places")
