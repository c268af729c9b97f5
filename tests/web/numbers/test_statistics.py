"""The page with the statistics, and its switch."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts import roles
from bandstand.numbers import tallies
from bandstand.numbers.models import CountedDay
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory

PAGE = "/backstage/statistics/"


@pytest.fixture
def counted(in_alice_portal: Portal) -> Portal:
    """Alice's portal after two days with visitors."""
    tallies.client().flushdb()
    BandFactory(name="The <Tubas>", slug="the-tubas", is_published=True)
    BandFactory(name="Not public", slug="a-draft", is_published=False)
    today = timezone.now().astimezone(ZoneInfo(in_alice_portal.organization.time_zone)).date()
    counts = {
        "page": {"/": 3, "/bands/the-tubas/": 7, "/bands/a-draft/": 1, "": 2},
        "referrer": {"example.org": 4},
        "search": {"zither": 2},
        "feed": {"/gigs.ics": 9, "/bands/the-tubas/gigs.atom": 1},
        "reader": {"Feedly": 5, "": 4},
        "subscribers": {"Feedly /gigs.atom": 42},
        "robot": {"": 77},
    }
    CountedDay.objects.create(day=today, counts=counts)
    CountedDay.objects.create(day=today - timedelta(days=80), counts={"page": {"/": 100}})
    return in_alice_portal


def test_the_team_sees_what_was_counted(counted: Portal, charlie_portal: Portal) -> None:
    page = counted.client_of(roles.MEMBER).get(PAGE)

    assertContains(page, "13 page views")
    assertContains(page, "<rect", count=1)
    assertContains(page, '<a href="/bands/the-tubas/"><bdi>The &lt;Tubas&gt;</bdi></a>')
    assertContains(page, '<a href="/bands/the-tubas/gigs.atom"><bdi>The &lt;Tubas&gt;</bdi></a>')
    assertNotContains(page, "Not public")
    for word in (
        "example.org",
        "zither",
        "Feedly",
        "Other programs",
        "All others",
        "Home",
        "requests of robots (77)",
        "42",
    ):
        assertContains(page, word)
    assertNotContains(page, " style=")
    assertNotContains(page, "Stop counting")
    assertContains(counted.client_of(roles.MEMBER).get(PAGE, {"days": "90"}), "113 page views")
    assertContains(charlie_portal.client_of(roles.OWNER).get(PAGE), "No page views yet")


@pytest.mark.parametrize("days", ["1", "31", "x", "-30"])
def test_there_are_three_periods(in_alice_portal: Portal, days: str) -> None:
    assert in_alice_portal.client_of(roles.OWNER).get(PAGE, {"days": days}).status_code == 404


def test_a_year_takes_few_queries(counted: Portal, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    client = counted.client_of(roles.OWNER)
    client.get(PAGE)

    with django_assert_max_num_queries(12):
        client.get(PAGE, {"days": "365"})


def test_managers_switch_it_off_and_on_by_one_click(counted: Portal, charlie_portal: Portal) -> None:
    manager = counted.client_of(roles.MANAGER)
    assertContains(manager.get(PAGE), "Stop counting")

    assert manager.post(f"{PAGE}switch/", {"counts": "off"})["Location"] == PAGE
    resolver.forget()  # as every process does once it is committed

    answer = manager.get(PAGE)
    assertContains(answer, "Nothing is counted at the moment.")
    assertContains(answer, "13 page views")
    assert not Organization.objects.get(slug="alice").counts_visits
    assert Organization.objects.get(slug="charlie").counts_visits
    manager.post(f"{PAGE}switch/", {"counts": "on"})
    assert Organization.objects.get(slug="alice").counts_visits


def test_old_numbers_are_deleted_after_a_question(counted: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        CountedDay.objects.create(day=timezone.now().date(), counts={"page": {"/": 1}})
    owner = counted.client_of(roles.OWNER)

    assertContains(owner.get(f"{PAGE}delete/"), "This can't be undone.")
    assert CountedDay.objects.count() == 2
    assertContains(owner.post(f"{PAGE}delete/", follow=True), "The statistics have been deleted.")

    assert not CountedDay.objects.exists()
    with tenant_context(charlie_portal.organization):
        assert CountedDay.objects.count() == 1


@pytest.mark.parametrize("role", [roles.EDITOR, roles.MEMBER, roles.GUEST])
def test_others_neither_switch_nor_delete(counted: Portal, role: str) -> None:
    client = counted.client_of(role)

    assert client.post(f"{PAGE}switch/", {"counts": "off"}).status_code == 403
    assert client.post(f"{PAGE}delete/").status_code == 403
    assert CountedDay.objects.count() == 2
