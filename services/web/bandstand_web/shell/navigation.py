"""Template tags for navigation, available in every template without `{% load %}`."""

from __future__ import annotations

from django import template

from bandstand.accounts.models import User
from bandstand.content import declaring
from bandstand.content.trashed import trashed_models
from bandstand_web.shell.access import may

register = template.Library()

register.simple_tag(declaring.portal_places, name="portal_places")
register.simple_tag(declaring.backstage_places, name="backstage_places")


@register.simple_tag
def may_use_trash(user: User) -> bool:
    """Return whether the trash may have something for the user."""
    return any(may(user, "change", model) for model in trashed_models())
