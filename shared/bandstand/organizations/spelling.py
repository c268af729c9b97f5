"""How the current portal spells what it makes from names."""

from __future__ import annotations

from bandstand.content.slugs import slug_from
from bandstand.organizations.current import current_organization


def portal_slug(text: str, *, fallback: str) -> str:
    """Return `slug_from` as the current portal's language spells it."""
    return slug_from(text, fallback=fallback, language=current_organization().language)
