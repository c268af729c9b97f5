"""Files in the templates of Bandsintown and Songkick: what one portal exports, another takes in and exports again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bandstand.accounts import roles
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band
from bandstand.calendars.adding import source_choose
from bandstand.calendars.comparing import events_compare
from bandstand.calendars.events import CalendarContent, CalendarError
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.outlet_files import content_of
from bandstand.calendars.taking import calendar_preview, calendar_take
from bandstand.gigs.models import Gig
from bandstand.gigs.outlets import BANDSINTOWN, OUTLETS, SONGKICK, Outlet
from bandstand.spreadsheets.cells import from_cell, to_cell
from bandstand.spreadsheets.importing import Action
from bandstand.spreadsheets.tables import Cell, Row, Table
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory

YEAR = timezone.now().year + 1
BERLIN = ZoneInfo("Europe/Berlin")
TUBAS, OTHERS = "The Tübas", "Crosby, Stills & Nash"


def exported(outlet: Outlet, band: Band) -> str:
    """Return the outlet's file of all gigs of `band`, as it is downloaded."""
    gigs = Gig.objects.of_band(band).for_visitors().select_related("place").order_by("starts_at", "pk")
    text = io.StringIO()
    csv.writer(text).writerows([to_cell(cell) for cell in row] for row in outlet.table(gigs, band))
    return text.getvalue()


def table_of(text: str) -> Table:
    """Return the file's table as the worker reads it."""
    headings, *rows = csv.reader(io.StringIO(text))
    cells: list[list[Cell]] = [[from_cell(cell) for cell in row] for row in rows]
    return Table(
        headings, lambda: iter([Row(number, row) for number, row in enumerate(cells, start=2)]), count=len(rows)
    )


def source(portal: Portal, role: str = roles.EDITOR, **values: Any) -> CalendarSource:
    given = {"publishes": True, "shows_notes": True, **values}
    return CalendarSource.objects.create(name="File", responsible=portal.user(role), **given)


def preview(of: CalendarSource, content: CalendarContent) -> dict[str, Any]:
    calendar_preview(number=of.pk, calendar=content)
    of.refresh_from_db()
    assert of.preview is not None
    return of.preview


def take(of: CalendarSource, content: CalendarContent) -> dict[str, int]:
    shown = preview(of, content)
    taken = [each["uid"] for each in shown["events"] if each["is_wanted"]]
    assert of.previewed_at is not None
    assert of.responsible is not None
    assert source_choose(number=of.pk, previewed_at=of.previewed_at, taken=taken, theirs=(), by=of.responsible)
    calendar_take(number=of.pk, calendar=content)
    of.refresh_from_db()
    assert of.outcome is not None
    return of.outcome


def changed_file(text: str, line: int, **cells: str) -> CalendarContent:
    """Return the events of the file with other cells in one line; the columns are named by their first word."""
    rows = list(csv.reader(io.StringIO(text)))
    for heading, value in cells.items():
        place = next(place for place, name in enumerate(rows[0]) if name.replace(" ", "_").startswith(heading))
        rows[line][place] = value
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return content_of(table_of(written.getvalue()))


@pytest.fixture(autouse=True)
def portals(alice_portal: Portal, charlie_portal: Portal) -> Iterator[tuple[Portal, Portal]]:
    """Alice's portal, entered, and Charlie's, each with the same two bands."""
    for portal in (charlie_portal, alice_portal):
        with tenant_context(portal.organization):
            BandFactory(name=TUBAS, slug="tubas")
            BandFactory(name=OTHERS, slug="others")
    with tenant_context(alice_portal.organization):
        yield alice_portal, charlie_portal


def tubas() -> Band:
    return Band.objects.get(slug="tubas")


def three_gigs() -> None:
    both = list(Band.objects.order_by("-name"))
    start = datetime(YEAR, 3, 27, 20, 30, tzinfo=BERLIN)  # before and after the change of clocks
    GigFactory(title="Spring", bands=both[::-1], venue="Molotow", town="Hamburg", starts_at=start, notes="Loud.")
    GigFactory(bands=both[:1], venue="Knust", town="Hamburg", starts_at=start + timedelta(days=7), is_free=True)
    GigFactory(
        bands=both[:1],
        venue="Festival, main stage",
        town="Ulm",
        starts_at=start + timedelta(days=90),
        ends_at=start.replace(hour=23, minute=59) + timedelta(days=92),
        precision=Gig.Precision.DAY,
        ticket_url="https://tickets.example/1",
        on_sale_at=start,
        status=Gig.Status.SOLD_OUT,
    )
    Venue.objects.update(country="DE", postcode="22767")


# --- There and back --------------------------------------------------------------------------------------------------

WORDS = st.text("abcßÖé &'-.;/(=+@", min_size=1, max_size=20).map(lambda text: f"A{' '.join(text.split())}")
DAYS = st.dates(date(YEAR, 1, 1), date(YEAR, 12, 31))
GIGS = st.fixed_dictionaries(
    {
        "title": st.just("") | WORDS,
        "venue": WORDS,
        "town": WORDS,
        "address": st.just("") | WORDS,
        "time_zone": st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
        "precision": st.sampled_from([Gig.Precision.TIME, Gig.Precision.DAY]),
        "status": st.sampled_from([Gig.Status.SCHEDULED, Gig.Status.SOLD_OUT]),
        "ticket_url": st.sampled_from(["", "https://tickets.example/?a=1,2"]),
        "is_free": st.booleans(),
        "notes": st.sampled_from(["", "Loud.", "Line one\n\nLine two"]),
    }
)


def check_there_and_back(outlet: Outlet, portals: tuple[Portal, Portal]) -> None:
    """At home nothing of the file is new; elsewhere all of it is, and is exported from there as it was."""
    file = exported(outlet, tubas())
    content = content_of(table_of(file))
    mine = preview(source(portals[0], band=tubas()), content)["counts"]
    told = {name: mine[name] for name in ("added", "changed", "skipped", "gone", "conflicts")}
    assert told == dict.fromkeys(told, 0)
    with tenant_context(portals[1].organization):
        done = take(source(portals[1], band=tubas() if outlet is SONGKICK else None), content)
        again = exported(outlet, tubas())
    assert done["added"] == len(content.events)
    assert list(csv.reader(io.StringIO(again))) == list(csv.reader(io.StringIO(file)))


@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=OUTLETS.keys())
def test_what_one_portal_exports_another_takes_in_and_exports_the_same(
    outlet: Outlet, portals: tuple[Portal, Portal]
) -> None:
    three_gigs()
    check_there_and_back(outlet, portals)


@pytest.mark.long
@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=OUTLETS.keys())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gigs=st.lists(st.tuples(GIGS, st.booleans()), min_size=1, max_size=3), first=DAYS)
def test_whatever_one_portal_exports_another_takes_in_and_exports_the_same(
    outlet: Outlet, portals: tuple[Portal, Portal], gigs: list[tuple[dict[str, Any], bool]], first: date
) -> None:
    with transaction.atomic():
        for place, (values, with_others) in enumerate(gigs):
            zone, day = ZoneInfo(values["time_zone"]), first + timedelta(days=place * 40)  # over both changes of clocks
            start = datetime(day.year, day.month, day.day, 20, 15, tzinfo=zone)
            line_up = Band.objects.filter(slug__in=["tubas", *(["others"] if with_others else [])])
            GigFactory(**values, starts_at=start, on_sale_at=start - timedelta(days=9), bands=line_up.order_by("-pk"))
        Venue.objects.update(country="DE", postcode="22767")
        check_there_and_back(outlet, portals)
        transaction.set_rollback(True)


# --- Compared as calendars are ---------------------------------------------------------------------------------------


def test_a_newer_file_shows_what_is_new_changed_and_gone(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    file = exported(BANDSINTOWN, tubas())
    content = content_of(table_of(file))
    with tenant_context(portals[1].organization):
        theirs = source(portals[1])
        assert take(theirs, content)["added"] == 3
        assert preview(theirs, content)["counts"]["unchanged"] == 3

        moved = changed_file(file, 1, Start_Time="21:00", Lineup="")
        counts = preview(theirs, moved)["counts"]
        assert (counts["changed"], counts["unchanged"], counts["gone"]) == (1, 2, 0)
        (change,) = [each for each in preview(theirs, moved)["events"] if each["action"] == Action.CHANGE]
        assert {label: (before, after) for label, before, after in change["changes"]} == {
            "start": (f"27 Mar {YEAR}, 20:30", f"27 Mar {YEAR}, 21:00"),
            "bands": (f"{TUBAS}, {OTHERS}", TUBAS),
        }

        another_day = changed_file(file, 1, Start_Date=f"{YEAR}-03-28")
        counts = preview(theirs, another_day)["counts"]
        assert (counts["added"], counts["unchanged"], counts["gone"]) == (1, 2, 1)


def test_what_was_edited_here_stays_and_both_are_shown(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    file = exported(BANDSINTOWN, tubas())
    with tenant_context(portals[1].organization):
        theirs = source(portals[1])
        take(theirs, content_of(table_of(file)))
        Gig.objects.filter(venue="Molotow").update(title="Our own title")

        shown = preview(theirs, changed_file(file, 1, Event_Name="Their new title"))

        (event,) = [each for each in shown["events"] if each["conflicts"]]
        assert event["conflicts"] == [["title", "Our own title", "Their new title"]]


@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=OUTLETS.keys())
def test_gigs_that_are_here_already_are_recognized(outlet: Outlet, portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    band = tubas()
    done = take(source(portals[0], band=band), content_of(table_of(exported(outlet, band))))
    assert (done["added"], done["changed"]) == (0, 0)
    assert Gig.objects.count() == 3
    assert {gig.precision for gig in Gig.objects.filter(town="Hamburg")} == {Gig.Precision.TIME}


def test_songkicks_files_name_no_artist_and_no_time(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    content = content_of(table_of(exported(SONGKICK, tubas())))
    with tenant_context(portals[1].organization):
        nobodys = preview(source(portals[1]), content)
        assert [each["problems"] for each in nobodys["events"] if each["action"] == Action.REFUSE] == [
            ["It names none of your bands. Choose whose gigs these are in this calendar's options."],
        ] * 2  # the third one names the others
        take(source(portals[1], band=tubas()), content)

        gig = Gig.objects.get(venue="Molotow")
        assert (gig.precision, f"{gig.local_start:%d.%m.}") == (Gig.Precision.DAY, "27.03.")
        assert gig.place is not None
        assert gig.place.country.code == "DE"


def test_strangers_are_left_out_of_line_ups_and_told(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    file = changed_file(exported(BANDSINTOWN, tubas()), 1, Lineup=f"Unknown, {OTHERS}, Nobody")
    with tenant_context(portals[1].organization):
        theirs = source(portals[1])
        notice = preview(theirs, file)["notices"]
        take(theirs, file)

        assert notice == ["Left out of line-ups, as your portal has no such bands: Unknown, Nobody."]
        assert [band.name for band in Gig.objects.get(venue="Molotow").line_up] == [TUBAS, OTHERS]


def test_what_cannot_be_read_is_said_at_its_row(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    file = exported(BANDSINTOWN, tubas())
    for cells, sentence in (
        ({"Start_Date": "soon"}, "date: "),
        ({"Start_Time": "late"}, "time: "),
        ({"Timezone": "Moon/Crater"}, "time zone: "),
        ({"Venue": ""}, "venue: The event doesn't say where it is."),
        ({"Artist_Name": "Nobody", "Lineup": ""}, "It names none of your bands."),
    ):
        shown = preview(source(portals[0]), changed_file(file, 1, **cells))
        (refused,) = [each for each in shown["events"] if each["action"] == Action.REFUSE]
        assert refused["problems"][0].startswith(sentence), cells


def test_whoever_has_a_role_in_one_band_brings_in_that_one_alone(portals: tuple[Portal, Portal]) -> None:
    three_gigs()
    content = content_of(table_of(exported(BANDSINTOWN, tubas())))
    with tenant_context(portals[1].organization):
        band = tubas()
        BandRole.objects.create(user=portals[1].user(roles.GUEST), band=band, role=BandRole.Role.LEADER)
        take(source(portals[1], roles.GUEST, band=band), content)

        assert [gig.line_up for gig in Gig.objects.all()] == [[band]] * 3
        assert set(Venue.objects.values_list("country", flat=True)) == {""}  # venues are everybody's


@pytest.mark.parametrize(
    "headings",
    [
        ["Date", "Venue", "City", "Country", "Fee"],
        ["Date*", "Venue*", "City*"],
        ["Artist Name", "Venue*", "City*", "Country*", "Date"],
        [],
    ],
)
def test_other_tables_are_refused(headings: list[str]) -> None:
    with pytest.raises(CalendarError, match="neither a calendar nor"):
        content_of(Table(headings, lambda: iter([]), 0))


def test_rows_that_share_artist_day_and_venue_are_events_of_their_own(portals: tuple[Portal, Portal]) -> None:
    start = datetime(YEAR, 5, 8, 15, tzinfo=BERLIN)
    for hours in (0, 5):
        GigFactory(bands=[tubas()], venue="Molotow", starts_at=start + timedelta(hours=hours))
    content = content_of(table_of(exported(BANDSINTOWN, tubas())))

    assert len({event.uid for event in content.events}) == 2
    with tenant_context(portals[1].organization):
        theirs = source(portals[1])
        assert take(theirs, content)["added"] == 2
        comparison = events_compare(source=theirs, calendar=content, person=portals[1].user(roles.EDITOR))
        assert {plan.action for plan in comparison.plans} == {Action.KEEP}
