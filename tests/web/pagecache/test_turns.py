"""A page that was cached beforehand changes at the moment at which something appears or ends, without any write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bandstand.content.appearing import next_turn
from bandstand.content.one_moment import at_one_moment, this_moment
from bandstand.database import content_version
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand_web.pagecache import store as page_store
from bandstand_web.pagecache.pages import AnonymousPage
from tests.attacks.serving import served
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory

pytestmark = pytest.mark.slow

# Long enough for a busy machine to ask for a page that says nothing yet.
SOON = timedelta(seconds=4)
BERLIN = ZoneInfo("Europe/Berlin")


@contextmanager
def polled(portal: Portal, **about: object) -> Iterator[Question]:
    """Commit a poll, and delete it afterwards."""
    with tenant_context(portal.organization):
        question = QuestionFactory(**about)
        connection.set_schema_to_public()
    try:
        yield question
    finally:
        with tenant_context(portal.organization):
            question.delete()


def queries(portal: Portal, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert portal.client().get(path).status_code == 200
    return len(seen)


def says_exactly_from(moment: datetime, portal: Portal, path: str, text: str) -> None:
    """Ask again and again: no answer before the moment says `text`, and whoever asks after it reads it."""
    asked, turn = 0.0, moment.timestamp()
    while asked < turn:
        asked = time.time()
        says = text in portal.client().get(path).content.decode()
        assert says or asked < turn
        assert not says or time.time() >= turn


def test_what_is_scheduled_is_seen_at_its_moment(alice: Portal) -> None:
    moment = timezone.now() + SOON
    with polled(alice, text="Encore or not?", published_at=moment):
        before = alice.client().get("/polls/")
        assert "Encore or not?" not in before.content.decode()
        assert queries(alice, "/polls/") == 0, "the page isn't cached"
        assert alice.client().get("/polls/", HTTP_IF_NONE_MATCH=before["ETag"]).status_code == 304

        says_exactly_from(moment, alice, "/polls/", "Encore or not?")

        assert queries(alice, "/polls/") == 0, "the new page isn't cached"
        assert alice.client().get("/polls/", HTTP_IF_NONE_MATCH=before["ETag"]).status_code == 200


@pytest.mark.long
def test_what_ends_is_seen_to_end_at_its_moment(alice: Portal) -> None:
    moment = timezone.now() + SOON
    with polled(alice, text="Encore or not?", closes_at=moment):
        says_exactly_from(moment, alice, "/polls/", "Closed")


@pytest.mark.long
def test_no_grace_lasts_beyond_the_moment(alice: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even while somebody else makes the new page."""
    monkeypatch.setattr(page_store, "_PATIENCE", 0.1)
    moment = timezone.now() + SOON
    with polled(alice, text="Encore or not?", published_at=moment):
        alice.client().get("/polls/")
        key = next(content_version.client().scan_iter(f"{alice.organization.schema_name}:page:*[0-9a-f]"))
        content_version.client().persist(key)  # as if Redis were late in deleting it
        content_version.client().set(key + b":making", b"", px=5000)
        says_exactly_from(moment, alice, "/polls/", "Encore or not?")


def test_a_page_that_took_too_long_is_not_kept(alice: Portal) -> None:
    page = AnonymousPage(alice.organization, "en", "/polls/", "", "http")
    look = page_store.store.look(page)
    assert look
    for ends_at, is_kept in [(time.time() - 0.001, False), (time.time() + 5, True)]:
        assert page_store.store.try_to_make(page)
        page_store.store.put(page, look, HttpResponse("page", headers={"ETag": "x"}), ends_at=ends_at)
        look = page_store.store.look(page)
        assert look
        assert (look.page is not None) is is_kept
        assert page_store.store.try_to_make(page), "whoever comes next waits for nobody"
        content_version.client().delete(f"{page.key}:making")


def test_a_page_that_is_made_costs_one_query_more_and_a_kept_one_none(alice: Portal) -> None:
    for path in ("/", "/bands/", "/bands/cats/", "/gigs/", "/polls/"):
        queries(alice, path)
        content_version.client().delete(*content_version.client().keys(f"{alice.organization.schema_name}:page:*"))
        kept = queries(alice, path)
        settings.PAGE_CACHE_SECONDS, seconds = 0, settings.PAGE_CACHE_SECONDS
        try:
            unkept = queries(alice, path)
        finally:
            settings.PAGE_CACHE_SECONDS = seconds
        assert kept == unkept + 1, path
        assert queries(alice, path) == 0, path


def test_another_portals_moments_do_not_count(in_alice_portal: Portal, charlie_portal: Portal) -> None:
    now = timezone.now()
    with tenant_context(charlie_portal.organization):
        QuestionFactory(published_at=now + timedelta(hours=1))
    assert next_turn(now) is None
    with tenant_context(charlie_portal.organization):
        assert next_turn(now) == now + timedelta(hours=1)


def test_one_page_knows_one_moment() -> None:
    with at_one_moment() as now:
        assert this_moment() == now == this_moment()
    assert this_moment() > now


# Around midnights and the days of Berlin's clock changes in 2027.
STARTS = [datetime(2027, 3, 27, 20, tzinfo=UTC), datetime(2027, 10, 30, 20, tzinfo=UTC)]
MOMENTS = st.builds(
    lambda start, later: start + later, st.sampled_from(STARTS), st.timedeltas(timedelta(0), timedelta(hours=32))
)


@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(now=MOMENTS, polls=st.lists(st.tuples(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=1))), max_size=3))
def test_a_page_ends_at_the_first_of_all_moments_to_come(
    in_alice_portal: Portal, now: datetime, polls: list[tuple[datetime, timedelta]]
) -> None:
    organization = Organization.objects.get(slug="alice")
    Question.objects.all().delete()
    Question.objects.bulk_create(
        Question(text="?", published_at=begin, closes_at=begin + length if length else None) for begin, length in polls
    )
    page = AnonymousPage(organization, "en", "/", "", "http")

    ends_at = datetime.fromtimestamp(page.end_of_life(now), UTC)

    known = [moment for begin, length in polls for moment in (begin, begin + length) if moment > now]
    assert ends_at > now
    assert all(ends_at <= moment for moment in known)
    assert ends_at in known or ends_at.astimezone(BERLIN).time() == datetime.min.time()
    assert ends_at.astimezone(BERLIN).date() - now.astimezone(BERLIN).date() <= timedelta(days=1)


@pytest.mark.long
def test_two_processes_show_a_scheduled_gig_at_its_moment_without_a_write(alice: Portal) -> None:
    path = "/gigs/"
    with served(BANDSTAND_PAGE_CACHE_SECONDS="60") as one, served(BANDSTAND_PAGE_CACHE_SECONDS="60") as other:
        both = (one, other)
        for server in both:
            server.get(path, alice.host)
        moment = timezone.now() + timedelta(seconds=4)
        with tenant_context(alice.organization):
            gig = GigFactory(title="The Surprise", is_published=False, publish_at=moment)
            connection.set_schema_to_public()
        tags = {server.get(path, alice.host).header("ETag") for server in both}
        assert len(tags) == 1, "each made a page of its own"
        asked = 0.0
        while asked < moment.timestamp():
            for server in both:
                asked = time.time()
                says = b"The Surprise" in server.get(path, alice.host).body
                assert says or asked < moment.timestamp()
                assert not says or time.time() >= moment.timestamp()
        with tenant_context(alice.organization):
            gig.refresh_from_db()
            assert not gig.is_published, "nothing was written"
            gig.delete()
