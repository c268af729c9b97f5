"""Between two moments that are known beforehand, no page for everybody changes by itself, whatever it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from bandstand.content.appearing import next_turn, turning_models
from bandstand.database.shown_tables import parts_by_table
from bandstand.gigs.models import Gig
from bandstand.gigs.timing import IN_CALENDARS, Precision
from bandstand.gigs.withdrawn import TOLD_FOR, WithdrawnGig
from bandstand.listings.models import Listing
from bandstand.listings.showing import next_turn_of_listed
from bandstand.polls.models import Question
from bandstand_web.pagecache.pages import AnonymousPage
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.isolation.twins import Twin, fill
from tests.web.pagecache.test_shown_tables import made, pages

NOW = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TURNS = 6
# Moments that stand on pages, if at all, and at which nothing happens.
NOTHING_HAPPENS = {
    *("created_at", "updated_at", "trashed_at", "left_at", "preview_until", "starts_at", "ends_at", "doors_at"),
    *("on_stage_at", "name_consent_at", "picture_consent_at"),
    "news.Post.published_at",  # the same as publish_at, or past
}


def test_every_moment_of_what_pages_show_is_thought_of() -> None:
    """A new one is shown by the clock, and its model has it among its `turns`, or nothing happens at it."""
    asked = {model: str([str(part.query) for part in model.turns(NOW)]) for model in turning_models()}  # type: ignore[attr-defined]
    for model in apps.get_models():
        if parts_by_table().get(model._meta.db_table) is None:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.DateTimeField | models.DateField) and NOTHING_HAPPENS.isdisjoint(
                (field.name, str(field))
            ):
                assert f'"{field.column}"' in asked.get(model, ""), field


@pytest.mark.parametrize(
    ("about", "turn"),
    [
        ({"starts_at": NOW - HOUR}, NOW + 3 * HOUR),
        ({"starts_at": NOW - HOUR, "ends_at": NOW + HOUR}, NOW + HOUR),
        ({"starts_at": NOW - 20 * HOUR, "precision": Precision.DAY}, NOW + 4 * HOUR),
        ({"starts_at": NOW - timedelta(days=30, hours=20), "precision": Precision.MONTH}, NOW + 4 * HOUR),
        ({"starts_at": NOW + 60 * DAY, "on_sale_at": NOW + HOUR}, NOW + HOUR),
        ({"starts_at": NOW + 60 * DAY, "is_published": False, "publish_at": NOW + HOUR}, NOW + HOUR),
        ({"starts_at": NOW - IN_CALENDARS + HOUR}, NOW + HOUR),
        ({"starts_at": NOW + 60 * DAY}, NOW + 60 * DAY + IN_CALENDARS),
    ],
)
def test_a_gig_turns_at_its_end_and_its_other_moments(
    in_alice_portal: Portal, about: dict[str, object], turn: datetime
) -> None:
    GigFactory(**about)
    assert next_turn(NOW) == turn


def test_what_was_taken_back_is_told_until_then(in_alice_portal: Portal) -> None:
    about = {"gig": "01890000-0000-7000-8000-000000004711", "time_zone": "Europe/Berlin", "sequence": 1}
    WithdrawnGig.objects.create(starts_at=NOW, withdrawn_at=NOW - TOLD_FOR + HOUR, **about)
    assert next_turn(NOW) == NOW + HOUR


def test_a_list_with_bands_of_another_portal_turns_when_that_one_does(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    lister, home = alice_portal.organization, charlie_portal.organization
    with tenant_context(home):
        band = BandFactory(is_published=False, publish_at=NOW + 5 * HOUR)
    dates = [{"over_at": (NOW + HOUR).isoformat()}]
    with schema_context("public"):
        Listing.objects.create(
            lister=lister, home=home, band_uid=band.uid, state="accepted", answered_at=NOW, dates=dates
        )
    lister.remembered.clear()
    assert next_turn_of_listed(lister, NOW) == NOW + HOUR
    assert next_turn_of_listed(lister, NOW + 2 * HOUR) == NOW + 5 * HOUR
    assert next_turn_of_listed(home, NOW) is None


@pytest.fixture
def twin(alice_portal: Portal, settings: object) -> Twin:
    """Alice's portal with a row of every kind, and what happens to them within a day."""
    settings.PAGE_CACHE_SECONDS = 0  # type: ignore[attr-defined]
    found = fill(alice_portal, "canary")
    now = timezone.now()
    with tenant_context(alice_portal.organization):
        Gig.objects.update(starts_at=now - 2 * HOUR, on_sale_at=now + HOUR, ticket_url="https://t.example/")
        GigFactory(starts_at=now - IN_CALENDARS + 3 * HOUR)
        GigFactory(starts_at=now + DAY, is_published=False, publish_at=now + 4 * HOUR)
        WithdrawnGig.objects.update(withdrawn_at=now - TOLD_FOR + 5 * HOUR)
        Question.objects.update(published_at=now - HOUR, closes_at=now + 6 * HOUR)
        QuestionFactory(published_at=now + 7 * HOUR)
    return found


# Where all kinds are shown by the clock; feeds and embeds show the same rows as the calendar and the list.
BY_THE_CLOCK = {"/", "/gigs/", "/gigs/the-same/", "/gigs.ics", "/gigs.json", "/bands/", "/bands/the-same/", "/polls/"}


def test_no_page_changes_before_its_end_of_life(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [page for page in pages(twin) if page.path in BY_THE_CLOCK and not page.query]
    assert len(every) == len(BY_THE_CLOCK)
    now, changes = timezone.now(), 0
    bodies: list[object] = []
    for end in ends_of_life(twin, now):
        at(now, monkeypatch)
        before, bodies = bodies, [made(twin, page) for page in every]
        changes += bodies != before
        at(end - timedelta(milliseconds=1), monkeypatch)
        for page, body in zip(every, bodies, strict=True):
            assert made(twin, page) == body, (page.path, now, end)
        now = end + timedelta(milliseconds=1)
    assert changes >= TURNS - 1, "but for midnight, something happens at each"


def ends_of_life(twin: Twin, now: datetime) -> Iterator[datetime]:
    """Yield one after the other of a page that is made anew each time."""
    page = AnonymousPage(twin.portal.organization, "en", "/", "", "http")
    for _time in range(TURNS):
        with tenant_context(twin.portal.organization):
            end = datetime.fromtimestamp(page.end_of_life(now), UTC)
        yield end
        now = end + timedelta(milliseconds=1)


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)
