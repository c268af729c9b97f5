"""Gigs by month and year, in lists and as a calendar, for visitors and for the team."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.gigs.statuses import Status
from bandstand.gigs.timing import Precision
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory, PastGigFactory
from tests.isolation.twins import OTHER_PK, PK, fill
from tests.isolation.visiting import leader_browser

BERLIN = ZoneInfo("Europe/Berlin")
QUERIES = 12


def at(year: int, month: int, day: int, hour: int = 20) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


def headings(text: str) -> list[str]:
    return re.findall(r'<h2 class="gig-month">(.*?)</h2>', text)


def test_what_is_on_stands_below_its_month(in_alice_portal: Portal) -> None:
    for day in (at(2031, 1, 31, 23), at(2031, 2, 1), at(2031, 2, 20), at(2031, 4, 1)):
        GigFactory(starts_at=day)

    text = in_alice_portal.client().get("/gigs/").content.decode()

    assert headings(text) == ["January 2031", "February 2031", "April 2031"]


def test_the_clock_of_the_place_says_which_year_and_month_it_is(in_alice_portal: Portal) -> None:
    GigFactory(starts_at=datetime(2021, 1, 1, 3, tzinfo=UTC), time_zone="America/New_York")

    text = in_alice_portal.client().get("/gigs/?when=past").content.decode()

    assert headings(text) == ["December 2020"]
    assert "2020 <span" in text


def test_what_was_is_shown_year_by_year_with_counts(in_alice_portal: Portal) -> None:
    for day in (at(2019, 5, 1), at(2021, 3, 1), at(2021, 7, 1)):
        GigFactory(starts_at=day)
    client = in_alice_portal.client()

    latest, other = (client.get(f"/gigs/?when=past{year}").content.decode() for year in ("", "&year=2019"))

    assert (headings(latest), headings(other)) == (["July 2021", "March 2021"], ["May 2019"])
    assert re.findall(r'>(\d{4}) <span class="muted figures">\((\d+)\)', latest) == [("2021", "2"), ("2019", "1")]
    assert "No past gigs yet." in client.get("/gigs/?when=past&year=2020").content.decode()


def test_lists_can_be_narrowed_to_a_band_and_a_town(in_alice_portal: Portal) -> None:
    tubas, others = BandFactory(name="Tubas", slug="tubas"), BandFactory(name="Others")
    GigFactory(bands=[tubas], title="First", town="Köln")
    GigFactory(bands=[tubas, others], title="Second", town="Bonn")
    GigFactory(bands=[others], title="Third", town="Köln")
    GigFactory(bands=[others], title="Hidden", town="Geheimstadt", is_private=True)
    client = in_alice_portal.client()

    def titles(query: str) -> list[str]:
        text = client.get(f"/gigs/{query}").content.decode()
        assert "Geheimstadt" not in text.replace('<option dir="auto" selected>Geheimstadt</option>', "")
        return [title for title in ("First", "Second", "Third", "Hidden") if f"<bdi>{title}</bdi>" in text]

    assert titles("") == ["First", "Second", "Third", "Hidden"]
    assert titles("?band=tubas") == ["First", "Second"]
    assert titles("?town=köln") == ["First", "Third"]
    assert titles("?band=tubas&town=Bonn") == ["Second"]
    assert titles("?band=nobody") == titles("?town=Nowhere") == []


def test_a_month_is_a_table_with_each_day(in_alice_portal: Portal) -> None:
    gig = GigFactory(title="Evening", starts_at=at(2031, 3, 5))
    GigFactory(title="Festival", starts_at=at(2031, 2, 27), ends_at=at(2031, 3, 2), precision=Precision.DAY)
    GigFactory(title="Someday", starts_at=at(2031, 3, 9), precision=Precision.MONTH)
    GigFactory(title="April", starts_at=at(2031, 4, 1))
    GigFactory(title="Secret", starts_at=at(2031, 3, 5), is_published=False)

    text = in_alice_portal.client().get("/gigs/month/2031-03/").content.decode()

    cells = re.findall(r"<td.*?</td>", text, re.DOTALL)
    days = {found[1]: cell for cell in cells if (found := re.search(r'datetime="2031-03-(\d\d)"', cell))}
    assert len(days) == 31
    assert [day for day, cell in days.items() if "Festival" in cell] == ["01", "02"]
    assert [day for day, cell in days.items() if gig.get_absolute_url() in cell] == ["05"]
    assert "Someday" in text.partition("<table")[0]
    assert not any(word in text for word in ("Secret", "April</bdi>"))
    assert re.findall(r'<abbr title="(\w+)">', text)[0] == "Monday"


@pytest.mark.parametrize("month", ["2031-13", "2031-3", "0001-01", "9999-12", "soon"])
def test_what_is_no_month_isnt_there(month: str, in_alice_portal: Portal) -> None:
    assert in_alice_portal.client().get(f"/gigs/month/{month}/").status_code == 404
    assert in_alice_portal.client_of(roles.EDITOR).get(f"/backstage/gigs/month/?month={month}").status_code == 404


@pytest.mark.parametrize("month", ["1900-01", "2200-12"])
def test_the_first_and_the_last_month_are(month: str, in_alice_portal: Portal) -> None:
    assert in_alice_portal.client().get(f"/gigs/month/{month}/").status_code == 200


def test_the_team_sees_all_with_marks(in_alice_portal: Portal) -> None:
    GigFactory(title="Perhaps", starts_at=at(2031, 3, 5), status=Status.HOLD, option=1, is_published=False)

    text = in_alice_portal.client_of(roles.MEMBER).get("/backstage/gigs/month/?month=2031-03").content.decode()

    assert "Perhaps" in text
    assert "hold, option 1" in text


def test_the_team_narrows_its_list_by_status_band_and_town(in_alice_portal: Portal) -> None:
    band = BandFactory(slug="tubas")
    GigFactory(title="Fixed", status=Status.CONFIRMED, is_published=False, bands=[band], town="Ulm")
    GigFactory(title="Held", status=Status.HOLD, is_published=False, is_private=True, town="Bonn")
    editor = in_alice_portal.client_of(roles.EDITOR)

    def titles(query: str) -> list[str]:
        text = editor.get(f"/backstage/gigs/?{query}").content.decode()
        return [title for title in ("Fixed", "Held") if f"<bdi>{title}</bdi>" in text]

    assert titles("") == ["Fixed", "Held"]
    assert titles("status=confirmed") == titles("band=tubas") == titles("town=Ulm") == ["Fixed"]
    assert titles("town=Bonn") == ["Held"]
    assert editor.get("/backstage/gigs/?status=maybe").status_code == 404


def test_another_bands_leader_finds_nothing_in_the_month_or_the_filter(alice_portal: Portal) -> None:
    fill(alice_portal, "canaryalice")
    own, foreign = leader_browser(alice_portal, PK), leader_browser(alice_portal, OTHER_PK)
    month = f"{timezone.now() + timedelta(days=7):%Y-%m}"

    for path in (f"/backstage/gigs/month/?month={month}", "/backstage/gigs/"):
        assert "Gig canaryalice" in own.get(path).content.decode()
        assert "Gig canaryalice" not in foreign.get(path).content.decode()
        assert "Band canaryalice" not in foreign.get(path).content.decode()


def test_a_bands_page_shows_where_it_has_played(in_alice_portal: Portal) -> None:
    band = BandFactory()
    past = [PastGigFactory(bands=[band]) for _gig in range(13)]
    PastGigFactory(title="Of others", bands=[BandFactory()])

    text = in_alice_portal.client().get(band.get_absolute_url()).content.decode()

    assert sum(gig.get_absolute_url() in text for gig in past) == 12
    assert f"/gigs/?when=past&amp;band={band.slug}" in text
    assert "Of others" not in text


def test_a_gigs_page_leads_on_to_the_same_band_and_the_same_town(in_alice_portal: Portal) -> None:
    band = BandFactory()
    gig = GigFactory(bands=[band], town="Ulm")
    same_band, same_town = GigFactory(bands=[band], town="Hof"), GigFactory(town="ULM")
    others = [
        GigFactory(town="Ulm", is_private=True),
        GigFactory(town="Ulm", status=Status.CANCELLED),
        PastGigFactory(),
    ]

    text = in_alice_portal.client().get(gig.get_absolute_url()).content.decode()

    assert [each.get_absolute_url() in text for each in (same_band, same_town)] == [True, True]
    assert not any(each.get_absolute_url() in text for each in others)


@pytest.mark.parametrize(
    "path", ["/gigs/", "/gigs/?when=past", "/gigs/month/{month}/", "/gigs.ics", "/gigs.json", "/", "{gig}", "{band}"]
)
def test_a_page_costs_twelve_queries_at_most_whatever_the_number_of_gigs(path: str, in_alice_portal: Portal) -> None:
    band = BandFactory()
    soon = timezone.now() + timedelta(days=2)
    client = in_alice_portal.client()
    counts = []
    for many in (5, 12):
        gigs = [GigFactory(bands=[band, BandFactory()], starts_at=soon) for _gig in range(many)]
        for _gig in range(many):
            PastGigFactory(bands=[band])
        here = path.format(month=f"{soon:%Y-%m}", gig=gigs[0].get_absolute_url(), band=band.get_absolute_url())
        client.get(here)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(here).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= QUERIES


@pytest.mark.parametrize("path", ["/backstage/gigs/", "/backstage/gigs/?show=past", "/backstage/gigs/month/"])
def test_the_teams_pages_ask_as_often_for_many_gigs_as_for_few(path: str, in_alice_portal: Portal) -> None:
    editor = in_alice_portal.client_of(roles.EDITOR)
    counts = []
    for many in (3, 8):
        for _gig in range(many):
            GigFactory(bands=[BandFactory(), BandFactory()])
            PastGigFactory(bands=[BandFactory()])
        editor.get(path)
        with CaptureQueriesContext(connection) as asked:
            editor.get(path)
        counts.append(len(asked))
    assert counts[1] <= counts[0] <= QUERIES
