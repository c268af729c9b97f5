"""What was changed here of gigs that a calendar brought, beside what the calendar says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bandstand.accounts.models import User
from bandstand.calendars.importing import COMPARED, as_json
from bandstand.calendars.models import CalendarSource
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_values import gig_value
from bandstand.spreadsheets.importing import VALUE_SHOWN, ChangedCell

_MOST = 100


@dataclass(frozen=True)
class DifferingGig:
    """A gig with the fields that differ: what it has here, and what the calendar says."""

    gig: Gig
    cells: list[ChangedCell]


def gigs_differing(source: CalendarSource, person: User) -> list[DifferingGig]:
    """Return the gigs to come of the calendar that the person may see and that differ from it, at most 100."""
    gigs = Gig.objects.upcoming().visible_to(person).filter(source=source)
    found = (DifferingGig(gig, list(_cells(gig))) for gig in gigs)
    return [each for each in found if each.cells][:_MOST]


def _cells(gig: Gig) -> Iterator[ChangedCell]:
    said = gig.source_said or {}
    for name in COMPARED:
        if name in said and said[name] != as_json(getattr(gig, name)):
            field: Any = Gig._meta.get_field(name)  # noqa: SLF001 - Django documents it
            there = Gig(**{"time_zone": gig.time_zone, name: field.to_python(said[name])})
            yield ChangedCell(str(field.verbose_name), _shown(gig, name), _shown(there, name))


def _shown(gig: Gig, name: str) -> str:
    return gig_value(gig, name)[:VALUE_SHOWN]
