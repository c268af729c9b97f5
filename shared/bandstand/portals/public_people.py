"""What visitors see of people: the one place that says so, for pages, structured data, feeds and previews."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from bandstand.organizations.current import current_organization
from bandstand.portals.models import Minors
from bandstand.portals.presenting import portal_settings


def teaches_minors() -> bool:
    """Whether names and pictures of the current portal's people need consent."""
    return _minors() != Minors.NO


def public_name(name: str, *, consent: datetime | None) -> str:
    """Return what visitors see of a person's name, by when consent to it was given; empty where they see nothing."""
    minors = _minors()
    if minors == Minors.NO or consent is not None:
        return name
    return initials(name) if minors == Minors.INITIALS else ""


def is_picture_public(*, consent: datetime | None) -> bool:
    """Whether visitors see a person's picture, by when consent to it was given."""
    return consent is not None or not teaches_minors()


def initials(name: str) -> str:
    """Return the first letters of a name's words: "K. B."."""
    words = unicodedata.normalize("NFC", name).split()
    letters = (next((letter for letter in word if letter.isalpha()), "") for word in words)
    return " ".join(f"{letter.upper()}." for letter in letters if letter)


def _minors() -> str:
    return portal_settings(current_organization()).minors
