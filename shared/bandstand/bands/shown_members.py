"""What visitors see of a band's members, by `portals.public_people`."""

from __future__ import annotations

from typing import Any

from bandstand.media.models import Picture
from bandstand.portals.public_people import is_picture_public, public_name


class ShownToVisitors:
    """Mixed into members. No query for those from `for_page()`."""

    name: Any
    person: Any

    @property
    def public_name(self) -> str:
        """What visitors see of the name; empty where they see nothing."""
        return public_name(self.name, consent=self.person.name_consent_at if self.person else None)

    @property
    def public_picture(self) -> Picture | None:
        """The person's picture, if there is one that visitors may see."""
        person = self.person
        if person is None or person.picture is None or not person.picture.is_ready:
            return None
        return person.picture if is_picture_public(consent=person.picture_consent_at) else None

    @property
    def is_named_partly(self) -> bool:
        """Whether visitors see less than the whole name, and so no description of the picture, which may say it."""
        return bool(self.public_name != self.name)
