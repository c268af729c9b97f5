"""Many dates at once: pasted or returning, corrected in a table, stored as a whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.tours.models import Tour
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory
from tests.isolation.visiting import leader_browser
from tests.web.forms.test_meanwhile import fields

PATH = "/backstage/gigs/several/"
TOUR = "8.1.2027\t20:00\tHall\tHof\n9.1.2027\t\tHall\tHof\n15.1.2027\t21:00\tSaal\tUlm"


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def shared(**values: Any) -> dict[str, Any]:
    return {"time_zone": "Europe/Berlin", "status": "scheduled", "start": "19:30", **values}


def table(client: Client, **values: Any) -> dict[str, Any]:
    """Return what the form sends after the table was filled."""
    answer = client.post(PATH, {"fill": "1", **shared(**values)})
    assert answer.status_code == 200, answer.content.decode()
    return fields(answer.content.decode())


def starts() -> list[str]:
    return [f"{gig.local_start:%Y-%m-%d %H:%M} {gig.venue}, {gig.town}" for gig in Gig.objects.order_by("starts_at")]


def test_a_pasted_tour_becomes_drafts_of_one_series(editor: Client) -> None:
    band = BandFactory()
    sent = table(editor, text=TOUR, line_up=[band.pk], new_tour="Winter")
    assert Gig.objects.count() == 0, "nothing is stored before somebody says so"

    answer = editor.post(PATH, {**sent, "save": "1"})

    tour = Tour.objects.get()
    assert answer["Location"] == "/backstage/gigs/?tour=winter"
    assert (tour.name, tour.is_published) == ("Winter", False)
    assert starts() == ["2027-01-08 20:00 Hall, Hof", "2027-01-09 19:30 Hall, Hof", "2027-01-15 21:00 Saal, Ulm"]
    gigs = list(Gig.objects.for_listing())
    assert {(gig.is_published, gig.tour_id, tuple(gig.line_up)) for gig in gigs} == {(False, tour.pk, (band,))}
    assert len({gig.series for gig in gigs}) == 1
    assert gigs[0].series is not None
    assert len({gig.uid for gig in gigs}) == len({gig.slug for gig in gigs}) == 3


def test_publishing_asks_first(editor: Client) -> None:
    sent = table(editor, text=TOUR, new_tour="Winter")

    asked = editor.post(PATH, {**sent, "publish": "1"}).content.decode()

    assert "Publish 3 gigs now?" in asked
    assert Gig.objects.count() == 0
    editor.post(PATH, {**fields(asked), "publish": "agreed"})
    assert Gig.objects.published().count() == 3
    assert Tour.objects.published().count() == 1


def test_what_is_wrong_is_said_at_its_cell_and_nothing_is_stored(editor: Client) -> None:
    text = "32.1.2027\t20:00\tHall\tHof\n9.1.2027\t25:99\tHall\tHof\n28.3.2027\t2:30\tHall\tHof\n10.1.2027\t20:00"
    sent = table(editor, text=text, start="")

    answer = editor.post(PATH, {**sent, "save": "1"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert Gig.objects.count() == 0
    for cell in ("0-date", "1-start", "2-start", "3-venue"):
        (control,) = re.findall(rf'<input[^>]* id="id_dates-{cell}"[^>]*>', page)
        assert 'aria-invalid="true"' in control, cell
    assert 'value="32.1.2027"' in page


def test_rows_are_left_out_added_and_checked(editor: Client) -> None:
    sent = table(editor, text=TOUR)
    more = editor.post(PATH, {**sent, "more_rows": "dates"})
    sent = fields(more.content.decode()) | {"dates-1-DELETE": "on", "dates-3-date": "2027-02-01"}

    assert editor.post(PATH, {**sent, "dates-3-venue": "Keller"}).status_code == 422, "a town is missing"
    assert editor.post(PATH, {**sent, "dates-3-venue": "Keller", "dates-3-town": "Ulm"}).status_code == 200
    assert Gig.objects.count() == 0, "Enter checks alone"
    editor.post(PATH, {**sent, "dates-3-venue": "Keller", "dates-3-town": "Ulm", "save": "1"})

    assert starts() == ["2027-01-08 20:00 Hall, Hof", "2027-01-15 21:00 Saal, Ulm", "2027-02-01 19:30 Keller, Ulm"]


def test_more_dates_are_added_to_the_table(editor: Client) -> None:
    sent = table(editor, text=TOUR)

    refused = editor.post(PATH, {**sent, "fill": "1"})
    added = editor.post(PATH, {**sent, "fill": "1", "text": "1.2.2027;;Keller;Ulm"})

    assert refused.status_code == 422
    assert fields(refused.content.decode())["dates-TOTAL_FORMS"] == "3"
    assert fields(added.content.decode())["dates-3-venue"] == "Keller"


def test_every_friday_is_at_the_same_time_across_a_change_of_clocks(editor: Client) -> None:
    sent = table(
        editor, every="week", first="2027-03-19", until="2027-04-02", start="20:00", doors="19:00", end="01:00",
        venue="Hall", town="Hof",
    )  # fmt: skip

    editor.post(PATH, {**sent, "save": "1"})

    gigs = list(Gig.objects.order_by("starts_at"))
    assert [gig.starts_at for gig in gigs] == [
        datetime(2027, 3, 19, 19, tzinfo=UTC),
        datetime(2027, 3, 26, 19, tzinfo=UTC),
        datetime(2027, 4, 2, 18, tzinfo=UTC),
    ]
    assert {f"{gig.local_doors:%H:%M}" for gig in gigs} == {"19:00"}
    assert {f"{gig.local_end:%d %H:%M}" for gig in gigs} == {"20 01:00", "27 01:00", "03 01:00"}


def test_a_known_venue_is_found_by_its_name(editor: Client) -> None:
    VenueFactory(name="Barbican", town="London", street="Silk St", time_zone="Europe/London")
    sent = table(editor, text="8.1.2027\t20:00\tBARBICAN")

    editor.post(PATH, {**sent, "save": "1"})

    gig = Gig.objects.get()
    assert (gig.town, gig.address, gig.time_zone, gig.series) == ("London", "Silk St", "Europe/London", None)
    assert gig.starts_at == datetime(2027, 1, 8, 20, tzinfo=UTC)


def test_what_is_there_already_is_told(editor: Client) -> None:
    band = BandFactory()
    start = datetime(2027, 1, 8, 19, tzinfo=UTC)
    GigFactory(title="There", bands=[band], venue="hall", town="HOF", starts_at=start)
    text = f"{TOUR}\n15.1.2027\t21:00\tSaal\tUlm"
    sent = table(editor, text=text, line_up=[band.pk])

    page = editor.post(PATH, {**sent, "save": "1"}).content.decode()

    assert "This gig is there already" in page
    assert "The same date stands above already." in page
    assert "There" in page
    assert Gig.objects.count() == 1
    editor.post(PATH, {**sent, "dates-0-anyway": "on", "dates-3-DELETE": "on", "save": "1"})
    assert Gig.objects.count() == 4


def test_a_pasted_table_with_headings_and_more_columns_says_what_it_leaves_out(editor: Client) -> None:
    text = "Date;Start;Venue;Town;Fee\n8.1.2027;20:00;Hall;Hof;500"
    page = editor.post(PATH, {"fill": "1", "text": text, **shared()}).content.decode()

    assert "“500”" in page
    assert "1 date" in page


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"text": ""}, "Enter at least one date."),
        ({"text": "\n".join(["8.1.2027"] * 201)}, "more than 200 dates"),
        ({"every": "week", "first": "2027-01-08", "until": "2040-01-01"}, "more than 200 dates"),
        ({"every": "week", "first": "2027-01-08"}, "Enter a day."),
    ],
)
def test_too_many_and_no_dates_are_refused(editor: Client, values: dict[str, str], word: str) -> None:
    answer = editor.post(PATH, {"fill": "1", **shared(), **values})

    assert answer.status_code == 422
    assert word in answer.content.decode()


def test_two_hundred_dates_are_stored(editor: Client) -> None:
    until = "2030-10-28"  # 200 Fridays
    sent = table(editor, every="week", first="2027-01-08", until=until, venue="Hall", town="Hof")
    assert sent["dates-TOTAL_FORMS"] == "199"

    answer = editor.post(PATH, {**sent, "save": "1"})

    assert answer.status_code == 302
    assert Gig.objects.count() == 199


def test_what_is_not_announced_is_not_published(editor: Client) -> None:
    sent = table(editor, text=TOUR, status="hold")

    answer = editor.post(PATH, {**sent, "publish": "agreed"})

    assert answer.status_code == 422
    assert Gig.objects.count() == 0
    editor.post(PATH, {**sent, "save": "1"})
    assert set(Gig.objects.values_list("status", flat=True)) == {"hold"}


def test_a_leader_adds_dates_for_the_own_band_alone(in_alice_portal: Portal) -> None:
    own, other = BandFactory(), BandFactory()
    strangers = TourFactory(name="Strangers")
    GigFactory(bands=[other], tour=strangers)
    browser = leader_browser(in_alice_portal, own.pk)
    page = browser.get(PATH).content.decode()
    assert "Strangers" not in page

    for bad in ({"line_up": []}, {"line_up": [other.pk]}, {"line_up": [own.pk], "tour": strangers.pk}):
        sent = fields(browser.post(PATH, {"fill": "1", "text": TOUR, **shared(**bad)}).content.decode())
        assert browser.post(PATH, {**sent, **bad, "save": "1"}).status_code == 422
    sent = table(browser, text=TOUR, line_up=[own.pk], new_tour="Mine")
    assert browser.post(PATH, {**sent, "save": "1"}).status_code == 302

    assert Gig.objects.of_band(Band.objects.get(pk=own.pk)).count() == 3
    assert browser.get(f"/backstage/tours/{Tour.objects.get(name='Mine').pk}/").status_code == 200
