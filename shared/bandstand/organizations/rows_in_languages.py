"""Rows whose texts may have versions in a portal's further languages."""

from __future__ import annotations

from bandstand.content.translated import Translated
from bandstand.organizations.current import current_organization


class InPortalsLanguages(Translated):
    """A row whose own texts are in the portal's main language, or in that which its field `language` names."""

    class Meta:
        abstract = True

    @property
    def own_language(self) -> str:
        return getattr(self, "language", "") or current_organization().language
