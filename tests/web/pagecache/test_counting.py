"""Visits are counted without knowing visitors: what counts, for whom, and what is left of a request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.test import Client
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.numbers import tallies
from bandstand.numbers.switching import counting_switch
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import resolver
from bandstand_web.pagecache import counting
from bandstand_web.pagecache.counting import Counter, counter, reader_of, referrer_of
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
TODAY = "2027-03-01"
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tallies.client().flushdb()
    at(monkeypatch, NOON)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the counter begin at this moment."""
    monkeypatch.setattr(counting.time, "time", moment.timestamp)
    counter.__init__()  # type: ignore[misc] # as in a process that has counted nothing


def visit(client: Client, path: str, *, agent: str = BROWSER, **headers: str) -> Any:
    return client.get(path, headers={"User-Agent": agent, **headers})


def counted(portal: Portal, day: str = TODAY) -> dict[tuple[str, str], int]:
    """Return what was sent of the portal's day, and what waited to be."""
    counter.send()
    batch = tallies.tally_take(portal.organization.schema_name, day)
    tallies.tally_put_away(portal.organization.schema_name, day)
    return batch.counts if batch else {}


def test_each_portals_pages_are_counted_for_itself(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    BandFactory(slug="the-tubas")
    for _time in range(3):
        visit(in_alice_portal.client(), "/bands/the-tubas/?utm_source=x")
    visit(charlie_portal.client(), "/")

    assert counted(in_alice_portal) == {("page", "/bands/the-tubas/"): 3}
    assert counted(charlie_portal) == {("page", "/"): 1}


def test_only_pages_that_are_there_and_shown_count(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    for path in ("/bands/invented/", "/invented/", "/bands", "/robots.txt", "/report/", "/accounts/login/"):
        visit(client, path)
    client.head("/", headers={"User-Agent": BROWSER})
    visit(client, "/", **{"HX-Request": "true"})

    assert counted(in_alice_portal) == {}


def test_pages_out_of_the_cache_and_unchanged_ones_count_too(alice: Portal) -> None:
    page = visit(alice.client(), "/bands/cats/")
    again = visit(alice.client(), "/bands/cats/")
    unchanged = visit(alice.client(), "/bands/cats/", **{"If-None-Match": page["ETag"]})

    assert again.content == page.content
    assert unchanged.status_code == 304
    assert counted(alice)["page", "/bands/cats/"] == 3


def test_the_team_does_not_count(in_alice_portal: Portal) -> None:
    visit(in_alice_portal.client_of(roles.MEMBER), "/")
    visit(in_alice_portal.client_of(roles.OWNER), "/search/?q=zither")

    assert counted(in_alice_portal) == {}


@pytest.mark.parametrize(
    ("agent", "headers", "kind"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}, "robot"),
        ("curl/8.14.1", {}, "robot"),
        ("", {}, "robot"),
        (BROWSER, {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        (BROWSER, {"Purpose": "prefetch"}, "prefetch"),
    ],
)
def test_robots_and_what_is_loaded_ahead_are_counted_apart(
    in_alice_portal: Portal, agent: str, headers: dict[str, str], kind: str
) -> None:
    visit(in_alice_portal.client(), "/", agent=agent, **headers)

    assert counted(in_alice_portal) == {(kind, ""): 1}


def test_a_phone_whose_name_ends_in_bot_is_none(in_alice_portal: Portal) -> None:
    visit(in_alice_portal.client(), "/", agent="Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 30) Chrome/140.0 Mobile")

    assert counted(in_alice_portal) == {("page", "/"): 1}


def test_of_where_visitors_come_from_the_host_is_left(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    visit(client, "/", Referer="https://www.Example.org/mail/inbox?from=dora@example.com")
    visit(client, "/", Referer=f"http://{in_alice_portal.host}/bands/")

    assert counted(in_alice_portal) == {("page", "/"): 2, ("referrer", "example.org"): 1}


@pytest.mark.parametrize(
    "address",
    [
        *("", "example.org", "javascript:alert(1)", "https://192.168.0.7/", "https://intranet/", "https://[::1]/"),
        *(
            "https://dora@example.org/",
            "https://<script>.org/",
            f"https://{'a' * 101}.org/",
            "android-app://com.example/",
        ),
    ],
)
def test_what_is_no_website_is_no_referrer(address: str) -> None:
    assert referrer_of(address) == ""


def test_feeds_are_counted_with_the_programs_that_read_them(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client()
    feedly = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google; {} subscribers)"
    visit(client, "/gigs.atom", agent=feedly.format(40))
    visit(client, "/gigs.atom", agent=feedly.format(42))
    visit(client, "/gigs.ics", agent="Google-Calendar-Importer")
    visit(client, "/gigs.rss", agent="A reader of my own")

    assert counted(in_alice_portal) == {
        ("feed", "/gigs.atom"): 2,
        ("feed", "/gigs.ics"): 1,
        ("feed", "/gigs.rss"): 1,
        ("reader", "Feedly"): 2,
        ("reader", "Google Calendar"): 1,
        ("reader", ""): 1,
        ("subscribers", "Feedly /gigs.atom"): 42,
    }
    assert reader_of("Feedly (999999999 subscribers)") == "Feedly"


def test_downloads_and_frames_on_other_websites_are_counted(in_alice_portal: Portal) -> None:
    GigFactory(slug="the-gig")
    client = in_alice_portal.client()
    visit(client, "/gigs/the-gig.ics")
    visit(client, "/embed/gigs/", Referer="https://cafe.example/")
    visit(client, "/embed/gigs/", Referer=f"http://{in_alice_portal.host}/backstage/")

    assert counted(in_alice_portal) == {
        ("download", "/gigs/the-gig.ics"): 1,
        ("embed", "/embed/gigs/"): 1,
        ("referrer", "cafe.example"): 1,
    }


def test_searches_without_results_are_counted_unless_they_may_be_somebodys(in_alice_portal: Portal) -> None:
    BandFactory(name="The Tubas")
    client = in_alice_portal.client()
    for words in ("  Zither   Trio ", "tubas", "dora@example.com", "0170 123 45 67", "zi", "x" * 61):
        visit(client, f"/search/?q={words}")
    visit(client, "/search/?q=harp", agent="curl/8")

    assert counted(in_alice_portal) == {("search", "zither trio"): 1}


def test_a_day_is_the_portals_day(in_alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    Organization.objects.filter(slug="alice").update(time_zone="Pacific/Auckland")
    in_alice_portal.organization.refresh_from_db()
    organization = in_alice_portal.organization
    at(monkeypatch, datetime(2027, 3, 1, 10, 59, tzinfo=UTC))
    counter.add(organization, [("page", "/")])
    monkeypatch.setattr(counting.time, "time", datetime(2027, 3, 1, 11, 0, tzinfo=UTC).timestamp)
    counter.add(organization, [("page", "/")])

    assert counted(in_alice_portal, "2027-03-01") == {("page", "/"): 1}
    assert counted(in_alice_portal, "2027-03-02") == {("page", "/"): 1}


def test_nothing_is_counted_where_the_owners_want_none(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    counting_switch(organization=Organization.objects.get(slug="alice"), is_on=False)
    resolver.forget()  # as every process does once it is committed
    for portal in (in_alice_portal, charlie_portal):
        visit(portal.client(), "/")
        visit(portal.client(), "/search/?q=zither")

    assert counted(in_alice_portal) == {}
    assert counted(charlie_portal) == {("page", "/"): 1, ("search", "zither"): 1}
    counting_switch(organization=Organization.objects.get(slug="alice"), is_on=True)
    resolver.forget()
    visit(in_alice_portal.client(), "/")
    assert counted(in_alice_portal) == {("page", "/"): 1}


def test_processes_add_up(alice_portal: Portal) -> None:
    first, second = Counter(), Counter()
    for number, process in enumerate((first, second, second)):
        process.add(alice_portal.organization, [("page", "/"), ("referrer", f"{number}.example")])
        process.send()

    assert counted(alice_portal)["page", "/"] == 3


def test_memory_is_bounded_and_the_rest_counts_without_a_name(
    alice_portal: Portal, charlie_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_OF_A_DAY", 3)
    monkeypatch.setattr(counting, "MOST_IN_ALL", 4)
    for number in range(10):
        counter.add(alice_portal.organization, [("page", f"/gigs/{number}/")])
        counter.add(charlie_portal.organization, [("page", f"/gigs/{number}/")])

    mine, other = counted(alice_portal), counted(charlie_portal)
    assert sum(mine.values()) == sum(other.values()) == 10
    assert len(mine) + len(other) <= 6
    assert mine["page", ""] > 0


def test_counts_wait_while_redis_is_away(
    alice_portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_counted: object) -> None:
        raise redis.ConnectionError("away")

    counter.add(alice_portal.organization, [("page", "/")])
    with monkeypatch.context() as patch:
        patch.setattr(counting, "tallies_add", away)
        counter.send()
    counter.add(alice_portal.organization, [("page", "/")])

    assert counted(alice_portal) == {("page", "/"): 2}


def test_what_is_sent_expires_and_names_its_portal(alice_portal: Portal) -> None:
    counter.add(alice_portal.organization, [("page", "/")])
    counter.send()

    key = f"{alice_portal.organization.schema_name}:numbers:{TODAY}"
    assert 0 < tallies.client().ttl(key) <= tallies.LIFE
    assert tallies.tallies_waiting() == [(alice_portal.organization.schema_name, TODAY)]
