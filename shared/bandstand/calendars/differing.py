"""What was changed here of gigs that a calendar brought, beside what the calendar says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from bandstand.accounts.models import User
from bandstand.calendars.importing import COMPARED, as_json
from bandstand.calendars.models import CalendarSource
from bandstand.gigs.models import Gig
from bandstand.spreadsheets.importing import VALUE_SHOWN, ChangedCell

_MOST = 100
_TIMES = ("starts_at", "ends_at")


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
            yield ChangedCell(
                str(field.verbose_name), _shown(gig, name, getattr(gig, name)), _shown(gig, name, said[name])
            )


def _shown(gig: Gig, name: str, value: Any) -> str:
    if name in _TIMES and value:
        moment = parse_datetime(value) if isinstance(value, str) else value
        return date_format(moment.astimezone(gig.zone), "SHORT_DATETIME_FORMAT") if moment else ""
    field: Any = Gig._meta.get_field(name)  # noqa: SLF001
    choices = dict(field.flatchoices)
    return str(choices.get(value, "" if value in {None, ""} else value))[:VALUE_SHOWN]
