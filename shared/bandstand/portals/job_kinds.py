"""Kinds of jobs about whole portals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class DeleteOrganization:
    organization_id: int


@dataclass(frozen=True)
class MakeIcons:
    """Nothing to say: it looks whether they still are of the portal's logo, name and colour."""


@dataclass(frozen=True)
class MakeSharePictures:
    """It looks whose picture for shared links is of what was before. `kind`: "app.model"; all kinds if empty."""

    kind: str = ""


@dataclass(frozen=True)
class TellSearchEngines:
    """`row`: what visitors see anew or no longer, as "app.model:key". `was_at`: the path where they saw it before."""

    row: str
    was_at: str = ""


TELL_SEARCH_ENGINES = Kind(
    "portals.tell_search_engines",
    TellSearchEngines,
    title=_("Tell search engines about a page"),
    queue=Queue.BULK,
    retry=Retry(attempts=4, first_delay=timedelta(minutes=10)),
)

# Its name is from when gigs alone had such pictures.
MAKE_SHARE_PICTURES = Kind(
    "gigs.make_share_pictures", MakeSharePictures, title=_("Make pictures for shared links"), queue=Queue.BULK
)

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
