"""Gigs in spreadsheets: all that the team writes of a gig comes out, and comes in again elsewhere."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from bandstand.gigs.models import Gig
from bandstand.gigs.spreadsheet import GigResource
from bandstand.gigs.statuses import Status
from bandstand.gigs.timing import Precision
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.importing import import_through

START = datetime(2031, 1, 10, 20, tzinfo=ZoneInfo("Europe/Berlin"))
FILLED: dict[str, Any] = {
    "starts_at": START,
    "ends_at": START + timedelta(hours=3),
    "status": Status.POSTPONED,
    "status_note": "The singer is ill.",
    "is_private": True,
    "price_from": Decimal("12.50"),
    "price_to": Decimal(18),
    "currency": "EUR",
    "on_sale_at": START - timedelta(days=90),
    "age_limit": 16,
    "access_notes": "Step-free.",
    "contact": "Kim, 0171 23",
    "fee": "600 €",
    "load_in_at": time(16, 30),
    "soundcheck_at": time(17, 0),
    "hotel": "Adler, two rooms",
    "team_notes": "Bring the\nlong cables.",
}


def exported() -> str:
    return str(GigResource(hidden=()).export(Gig.objects.for_listing().order_by("starts_at", "pk")).csv)


def test_an_export_comes_in_again_elsewhere(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        later = GigFactory(slug="later", starts_at=START + timedelta(days=30), is_free=True)
        GigFactory(slug="sooner", new_date=later, **FILLED)
        GigFactory(slug="festival", starts_at=START, precision=Precision.DAY, ends_at=START + timedelta(days=2))
        GigFactory(slug="hold", status=Status.HOLD, option=2, is_published=False)
        told = exported()
        again = import_through(subject="gigs", content=told, by=alice_portal.user())
        assert (again.unchanged, again.changed, again.refused) == (4, 0, 0)

    with tenant_context(charlie_portal.organization):
        done = import_through(subject="gigs", content=told, by=charlie_portal.user())
        assert (done.added, done.refused) == (4, 0)
        assert exported() == told
        gig = Gig.objects.get(slug="sooner")
        assert gig.new_date == Gig.objects.get(slug="later")
        assert {name: getattr(gig, name) for name in FILLED} == FILLED


HEAD = "venue,town,time_zone,"


def taken_in(portal: Portal, headings: str, row: str) -> Gig:
    content = f"{HEAD}{headings}\nShed,Ulm,Europe/Berlin,{row}\n"
    done = import_through(subject="gigs", content=content, by=portal.user())
    assert (done.added, done.refusals) == (1, [])
    return Gig.objects.get()


@pytest.mark.parametrize(
    ("headings", "row", "shown"),
    [
        ("Beginn,Ende", "31.12.2030 20:00,23:00", "2030-12-31 23:00"),
        ("Beginn,Ende", "31.12.2030 20:00,2:00", "2031-01-01 02:00"),
        ("Datum,Ganztägig,bis", "31.12.2030,ja,02.01.2031", "2031-01-02 23:59"),
    ],
)
def test_ends_are_read_as_people_write_them(headings: str, row: str, shown: str, in_alice_portal: Portal) -> None:
    gig = taken_in(in_alice_portal, headings, row)

    assert gig.local_end is not None
    assert f"{gig.local_end:%Y-%m-%d %H:%M}" == shown


def test_other_cells_are_read_as_people_write_them(in_alice_portal: Portal) -> None:
    headings = "start,Preis ab,Währung,Mindestalter,Eintritt frei,Status,Rang,Aufbau,Gage"
    gig = taken_in(in_alice_portal, headings, '2030-12-31 20:00,"12,50",€,16,nein,Optioniert,2,16.30 Uhr,600')

    assert (gig.price_from, gig.currency, gig.age_limit, gig.is_free) == (Decimal("12.50"), "EUR", 16, False)
    assert (gig.status, gig.option, gig.load_in_at, gig.fee) == (Status.HOLD, 2, time(16, 30), "600")


@pytest.mark.parametrize(
    ("headings", "row", "words"),
    [
        ("start,end", "2030-12-31 20:00,2030-12-31 19:00", "end has to be after"),
        ("start,price from", "2030-12-31 20:00,12", "Choose the currency"),
        ("start,currency", "2030-12-31 20:00,pebbles", "Write one of these"),
        ("start,status,published", "2030-12-31 20:00,idea,yes", "Visitors can't see a gig with this status"),
        ("start,on sale from", "2030-12-31 20:00,10:00", "date is missing"),
    ],
)
def test_what_doesnt_fit_is_refused(headings: str, row: str, words: str, in_alice_portal: Portal) -> None:
    content = f"{HEAD}{headings}\nShed,Ulm,Europe/Berlin,{row}\n"
    done = import_through(subject="gigs", content=content, by=in_alice_portal.user())

    assert words in str(done.refusals)
    assert not Gig.objects.exists()


def test_a_gig_that_is_moved_keeps_its_length(in_alice_portal: Portal) -> None:
    GigFactory(slug="x", starts_at=START, ends_at=START + timedelta(hours=3))

    import_through(subject="gigs", content="slug,date\nx,2031-02-20\n", by=in_alice_portal.user())

    gig = Gig.objects.get()
    assert gig.local_end is not None
    assert f"{gig.local_end:%Y-%m-%d %H:%M}" == "2031-02-20 23:00"
