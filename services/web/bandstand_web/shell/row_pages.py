"""What the form of a row says about the row's page on the portal, and its preview link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from bandstand.content.previewing import LINK_LIFE
from bandstand.organizations.models import Organization
from bandstand_web.shell.previewing import kinds_with_pages, names_of, preview_link


@dataclass(frozen=True)
class RowPage:
    """The page of one row. Before it is public, whoever may change the row can give others a link to it."""

    url: str
    is_public: bool
    open_url: str
    revoke_url: str
    link: str  # empty where there is none
    link_until: datetime | None
    link_days = LINK_LIFE.days

    @classmethod
    def of(cls, row: Any, organization: Organization) -> RowPage | None:
        """Return what there is to say; None for kinds without pages."""
        if type(row) not in kinds_with_pages():
            return None
        names = names_of(row)
        return cls(
            url=row.get_absolute_url(),
            is_public=row.is_visible,
            open_url=reverse("backstage:preview_link_open", args=names),
            revoke_url=reverse("backstage:preview_link_revoke", args=names),
            link=preview_link(row, organization) if row.has_preview_link else "",
            link_until=row.preview_until,
        )
