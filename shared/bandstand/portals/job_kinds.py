"""Kinds of jobs about whole portals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Retry, Scope


@dataclass(frozen=True)
class DeleteOrganization:
    organization_id: int


@dataclass(frozen=True)
class MakeIcons:
    """Nothing to say: it looks whether they still are of the portal's logo, name and colour."""


MAKE_ICONS = Kind("portals.make_icons", MakeIcons, title=_("Make the portal's icons"))

# A platform job, not the organization's, as it must outlive the row that it deletes.
DELETE_ORGANIZATION = Kind(
    "portals.delete_organization",
    DeleteOrganization,
    title=_("Delete an organization"),
    time_limit=timedelta(minutes=30),
    retry=Retry(attempts=20, first_delay=timedelta(seconds=5)),
    scope=Scope.PLATFORM,
)
