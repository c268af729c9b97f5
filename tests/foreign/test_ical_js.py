"""Two parsers that others wrote, icalendar and ical.js, read the same of every calendar, property by property."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.accounts.calendar_address import calendar_address_make
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory

pytestmark = pytest.mark.foreign
VERSION = "2.2.1"
YEAR = timezone.now().year + 1
# Before and after both changes of clocks; Lord Howe's are of half an hour.
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
MONTHS = (1, 3, 4, 7, 10, 11, 12)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module of ical.js, as npm has it."""
    folder = tmp_path_factory.mktemp("ical_js")
    npm = shutil.which("npm")
    assert npm, "this needs Node.js"
    subprocess.run([npm, "pack", "--silent", f"ical.js@{VERSION}"], cwd=folder, check=True)
    with tarfile.open(folder / f"ical.js-{VERSION}.tgz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "package" / "dist" / "ical.js"


def by_ical_js(library: Path, text: bytes) -> list[dict[str, list[Any]]]:
    command = ["node", str(Path(__file__).with_name("ical_js.mjs")), str(library)]
    found: list[dict[str, list[Any]]] = json.loads(
        subprocess.run(command, input=text, capture_output=True, check=True).stdout
    )
    return found


def by_icalendar(text: bytes) -> list[dict[str, list[Any]]]:
    calendar = icalendar.Calendar.from_ical(text)
    return [_told(each) for each in (calendar, *calendar.walk("VEVENT"))]


def _told(component: Any) -> dict[str, list[Any]]:
    return {name.lower(): _values(component[name]) for name in component}


def _values(value: Any) -> list[Any]:
    if isinstance(value, icalendar.prop.vCategory):
        return [str(each) for each in value.cats]
    if isinstance(value, icalendar.vGeo):
        return [[value.latitude, value.longitude]]
    moment = getattr(value, "dt", None) or getattr(value, "td", None)
    if isinstance(moment, timedelta):
        return [moment.total_seconds()]
    if isinstance(moment, datetime):
        return [moment.timestamp()]
    if moment is not None:
        return [moment.isoformat()]
    return [int(value)] if isinstance(value, int) else [str(value)]


def a_season() -> None:
    """Gigs with all that calendars tell, in each state, and two that were taken back."""
    bands = [BandFactory(name="Rock; & \\Roll, “live”", slug="rock"), BandFactory(name="Tübas 🎺", slug="tubas")]
    tour = TourFactory(name="Spring", slug="spring")
    shared = {"bands": bands, "tour": tour, "town": "Köln", "notes": "A **line**\n\nand; another, with \\ and 🎺" * 3}
    about: list[dict[str, Any]] = [
        {"status": Gig.Status.SOLD_OUT, "ticket_url": "https://tickets.example/?a=1,2;3"},
        {"status": Gig.Status.POSTPONED, "status_note": "We are ill; sorry, “soon”"},
        {"status": Gig.Status.CANCELLED},
        {"is_private": True},
        {"precision": Gig.Precision.DAY},
        {"price_from": 12, "price_to": "18.50", "currency": "EUR", "age_limit": 16},
        {"is_free": True, "share_picture": "pictures/share.jpg"},
    ]
    for zone in ZONES:
        for month, values in zip(MONTHS, about, strict=True):
            start = datetime(YEAR, month, 8, 20, 30, tzinfo=ZoneInfo(zone))
            length = timedelta(days=2) if "precision" in values else timedelta(hours=3)
            venue = f"Club {zone}, hall {month}"
            gig = GigFactory(
                **shared,
                **values,
                venue=venue,
                time_zone=zone,
                starts_at=start,
                ends_at=start + length,
                doors_at=start - timedelta(hours=1),
            )
            Appearance.objects.filter(gig=gig).update(on_stage_at=time(21, 15))
    Venue.objects.update(latitude="50.941357", longitude="-6.958307")
    gone, moved = Gig.objects.filter(status=Gig.Status.SCHEDULED)[:2]
    gone.move_to_trash()
    line_up_set(gig=moved, bands=bands[:1])


def test_both_read_the_same(library: Path, in_alice_portal: Portal) -> None:
    a_season()
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    paths = ("/gigs.ics", "/bands/tubas/gigs.ics", "/tours/spring/gigs.ics", "/gigs.ics?town=Köln")
    events = compared = 0
    for path in (*paths, f"/calendar/{token}/gigs.ics", f"/gigs/{Gig.objects.earliest('starts_at').slug}.ics"):
        text = in_alice_portal.client().get(path).content
        ours, theirs = by_icalendar(text), by_ical_js(library, text)

        assert len(ours) == len(theirs) > 1
        events += len(ours) - 1
        for one, other in zip(ours, theirs, strict=True):
            assert one == other, path
            compared += len(one)
    sys.stdout.write(
        f"\nical.js {VERSION}: {events} events of {len(paths) + 2} calendars, {compared} properties, all equal\n"
    )
    assert compared > 1000
