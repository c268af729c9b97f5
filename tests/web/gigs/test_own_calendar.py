"""The calendar of somebody on the team, at an address that is secret, theirs alone and ends with their part in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.calendar_address import calendar_address_make, calendar_address_revoke
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.bands.models import BandRole
from bandstand.content.declaring import BAND_MEMBER
from bandstand.domains.claiming import primary_choose
from bandstand.gigs.models import Gig
from bandstand.settings.log_lines import masked
from bandstand.teams.membership import member_remove, role_change
from bandstand.tenancy import resolution
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.domains import LiveDomainFactory
from tests.factories.gigs import GigFactory

PAGE = "/backstage/gigs/calendar/"


def path_of(token: str) -> str:
    return f"/calendar/{token}/gigs.ics"


def events(portal: Portal, token: str, query: str = "") -> dict[str, Any]:
    answer = portal.client().get(path_of(token) + query)
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


def test_the_page_makes_it_shows_it_once_and_revokes_it(in_alice_portal: Portal) -> None:
    GigFactory(title="A night")
    browser = in_alice_portal.client_of(roles.MEMBER)
    assert "/calendar/" not in browser.get(PAGE).content.decode().replace(PAGE, "")

    made = browser.post(PAGE)
    address = urlsplit(_between(made.content.decode(), 'data-copy="', '"'))
    token = address.path.split("/")[2]

    assert (address.netloc.partition(":")[0], address.path) == (in_alice_portal.host, path_of(token))
    assert "no-store" in made["Cache-Control"]
    assert events(in_alice_portal, token).keys() == {"A night"}
    assert token not in browser.get(PAGE).content.decode()
    assert not User.objects.filter(calendar_digest__contains=token).exists()

    newer = _between(browser.post(PAGE).content.decode(), "/calendar/", "/")
    assert in_alice_portal.client().get(path_of(token)).status_code == 404
    browser.post(f"{PAGE}revoke/")
    assert in_alice_portal.client().get(path_of(newer)).status_code == 404

    told = Entry.objects.filter(act__in=[Act.CALENDAR_MADE, Act.CALENDAR_REVOKED]).order_by("pk")
    assert [entry.act for entry in told] == [Act.CALENDAR_MADE, Act.CALENDAR_MADE, Act.CALENDAR_REVOKED]
    assert not any(token in f"{entry.target}{entry.detail}" for entry in told)


def test_it_has_drafts_with_their_status_and_times_that_the_team_needs(in_alice_portal: Portal) -> None:
    tubas = BandFactory(name="The Tubas", is_published=False)
    draft = GigFactory(
        title="A night", is_published=False, bands=[tubas], load_in_at=time(16, 0), fee="CANARY", contact="CANARY"
    )
    GigFactory(title="Perhaps", is_published=False, status=Gig.Status.HOLD, option=2)
    draft.appearances.update(on_stage_at=time(21, 30))
    GigFactory(title="Later", is_published=False, publish_at=timezone.now() + timedelta(days=1))
    off = GigFactory(title="Off", status=Gig.Status.CANCELLED)
    GigFactory(title="Thrown away", is_published=False).move_to_trash()
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))

    found = events(in_alice_portal, token)

    assert found.keys() == {
        *("[Draft] A night", "[Scheduled] Later", "[Cancelled] Off", "[Draft, Hold, option 2] Perhaps"),
    }
    event = found["[Draft] A night"]
    assert (event["STATUS"], event["CLASS"], event["UID"]) == ("TENTATIVE", "PRIVATE", str(draft.uid))
    assert "The Tubas on stage: 9:30 pm" in str(event["DESCRIPTION"])
    assert str(event["DESCRIPTION"]).count("9:30") == 1
    assert "Load-in: 4:00 pm" in str(event["DESCRIPTION"])
    assert "CANARY" not in str(event)  # it is read by others' servers
    assert event["URL"] == in_alice_portal.organization.team_url(draft.get_edit_url())
    assert found["[Cancelled] Off"]["STATUS"] == "CANCELLED"
    assert str(off.uid) in in_alice_portal.client().get("/gigs.ics").content.decode()


def test_what_is_deleted_is_cancelled_there(in_alice_portal: Portal) -> None:
    kept, gone = GigFactory(title="Unpublished"), GigFactory(title="Gone")
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    kept.unpublish()
    kept.save_publication()
    gone.move_to_trash()

    found = events(in_alice_portal, token)

    assert found.keys() == {"[Draft] Unpublished", "No longer listed"}
    assert found["No longer listed"]["UID"] == str(gone.uid)


def test_a_guest_gets_the_gigs_of_their_bands_and_no_word_of_others(in_alice_portal: Portal) -> None:
    own, other = BandFactory(name="Own"), BandFactory(name="CANARY band")
    GigFactory(title="Ours", bands=[own], is_published=False)
    GigFactory(title="CANARY gig", bands=[other])
    GigFactory(title="CANARY gone", bands=[other]).move_to_trash()
    guest = in_alice_portal.user(roles.GUEST)
    BandRole.objects.create(user=guest, band=own, role=BAND_MEMBER)
    token = calendar_address_make(guest)

    answer = in_alice_portal.client().get(path_of(token)).content.decode()

    assert "Ours" in answer
    assert "CANARY" not in answer
    assert answer.count("BEGIN:VEVENT") == 1

    BandRole.objects.all().delete()
    assert events(in_alice_portal, token) == {}


def test_somebody_who_sees_all_may_want_their_own_bands_alone(in_alice_portal: Portal) -> None:
    own = BandFactory(name="Own")
    GigFactory(title="Ours", bands=[own])
    GigFactory(title="Others")
    member = in_alice_portal.user(roles.MEMBER)
    BandRole.objects.create(user=member, band=own, role=BAND_MEMBER)
    token = calendar_address_make(member)

    assert events(in_alice_portal, token).keys() == {"Ours", "Others"}
    assert events(in_alice_portal, token, "?bands=own").keys() == {"Ours"}
    assert "?bands=own" in in_alice_portal.client_of(roles.MEMBER).post(PAGE).content.decode()


ENDS: dict[str, Callable[[User], object]] = {
    "revoked": calendar_address_revoke,
    "made anew": calendar_address_make,
    "removed from the team": lambda user: member_remove(user=user),
    "without a role": lambda user: user.groups.clear(),
    "locked": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "deleted": lambda user: user.delete(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_it_ends_at_once_and_looks_as_if_it_never_was(in_alice_portal: Portal, end: Callable[[User], object]) -> None:
    GigFactory()
    member = in_alice_portal.user(roles.MEMBER)
    token = calendar_address_make(member)
    assert len(events(in_alice_portal, token)) == 1

    end(member)

    answers = [in_alice_portal.client().get(path_of(each)) for each in (token, "never-was", "x" * 500)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({(answer.content, str(sorted(answer.headers.items()))) for answer in answers}) == 1


def test_who_comes_back_to_the_team_has_no_address_any_more(in_alice_portal: Portal) -> None:
    member = in_alice_portal.user(roles.MEMBER)
    token = calendar_address_make(member)
    stale = User.objects.get(pk=member.pk)
    member_remove(user=member)

    stale.is_active = True
    stale.save()  # loaded before: what it remembers isn't written
    roles.assign(stale, roles.MEMBER)

    assert in_alice_portal.client().get(path_of(token)).status_code == 404


def test_a_role_that_shows_less_shows_less_at_once(in_alice_portal: Portal) -> None:
    GigFactory(title="A night")
    member = in_alice_portal.user(roles.MEMBER)
    token = calendar_address_make(member)

    role_change(user=member, role=roles.GUEST)

    assert events(in_alice_portal, token) == {}


def test_it_opens_nothing_of_another_portal(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    with tenant_context(charlie_portal.organization):
        GigFactory(title="Charlie's")

    assert charlie_portal.client().get(path_of(token)).status_code == 404


def test_nothing_keeps_it_and_no_log_knows_it(
    in_alice_portal: Portal, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    GigFactory(title="CANARY draft", is_published=False)
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    client = in_alice_portal.client()
    with caplog.at_level(logging.DEBUG):
        answers = [client.get(path_of(token)), client.head(path_of(token)), client.get(path_of("wrong" * 9))]

    for answer in answers:
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.has_header("ETag")
        assert not answer.cookies
    assert not answers[0].has_header("Access-Control-Allow-Origin")
    store = cache._cache.get_client(None, write=True)
    kept = b"".join(key + (store.get(key) or b"") for key in store.scan_iter() if store.type(key) == b"string")
    assert token.encode() not in kept
    assert b"CANARY" not in kept
    # Django's own lines about refused requests have the path; `without_secret_addresses` masks it as they are written.
    lines = [record.getMessage() for record in caplog.records if record.name != "django.request"]
    assert lines
    assert not any(word in line for line in lines for word in (token, "wrong" * 9))
    assert masked(path_of(token)) == "/calendar/***/gigs.ics"


def test_it_is_never_led_to_a_domain_that_may_lapse(in_alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=in_alice_portal.organization, name="www.theband.com")
    primary_choose(organization=in_alice_portal.organization, domain=domain)
    resolution.resolver.forget()  # as all processes do at the commit
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))

    own = in_alice_portal.organization.own_host
    assert Client(HTTP_HOST=own).get(path_of(token)).status_code == 200
    led = Client(HTTP_HOST="www.theband.com").get(path_of(token))["Location"]
    assert urlsplit(led).netloc.partition(":")[0] == own


def test_it_is_limited_by_address_where_it_is_guessed_and_by_itself_where_it_is_right(
    in_alice_portal: Portal, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "own_calendar": "2/h/key",
        "unknown_calendar": "1/h/ip",
    }
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    client = in_alice_portal.client()

    assert [client.get(path_of(guess)).status_code for guess in ("a", "b")] == [404, 429]
    assert [client.get(path_of(token)).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(path_of("c"))["Retry-After"] == "3600"


@pytest.mark.parametrize("number", [1, 12])
def test_it_asks_as_often_for_many_gigs_as_for_one(
    in_alice_portal: Portal, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for index in range(number):
        GigFactory(bands=[BandFactory()], starts_at=timezone.now() + timedelta(days=index + 1))
    token = calendar_address_make(in_alice_portal.user(roles.MEMBER))
    in_alice_portal.client().get("/gigs/")

    with django_assert_num_queries(7):  # account, role, two of permissions, gigs, their bands, what was taken back
        in_alice_portal.client().get(path_of(token))


def _between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]
