"""A row is a draft, scheduled or published, and all who ask get the same answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bandstand.bands.models import Band
from bandstand.content.appearing import appearing_between, appearing_models
from bandstand.content.one_moment import at_one_moment
from bandstand.content.publishable import Publishable, publishable_models
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.pages.models import Page
from bandstand.polls.models import Question
from bandstand.tours.models import Tour
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory

HOUR = timedelta(hours=1)


def test_bands_and_gigs_are_published_and_polls_appear_too() -> None:
    assert publishable_models() == [Band, Gig, Post, Page, Tour]
    assert appearing_models() == (Band, Gig, Post, Page, Question, Tour)


@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    is_published=st.booleans(),
    away=st.none() | st.timedeltas(timedelta(microseconds=-2), timedelta(microseconds=2)),
)
def test_each_row_is_one_of_three_and_the_querysets_agree_with_it(
    in_alice_portal: Portal, is_published: bool, away: timedelta | None
) -> None:
    band = BandFactory(is_published=False)
    with at_one_moment() as now:
        moment = None if away is None else now + away
        Band.objects.filter(pk=band.pk).update(is_published=is_published, publish_at=moment)  # as older code may write
        band.refresh_from_db()
        lists = [
            rows.filter(pk=band.pk).exists()
            for rows in (Band.objects.published(), Band.objects.scheduled(), Band.objects.drafts())
        ]

        assert lists.count(True) == 1
        assert lists == [band.is_visible, band.is_scheduled, not band.is_visible and not band.is_scheduled]
        assert band.is_visible == (is_published or (moment is not None and moment <= now))
        gig = GigFactory(bands=[band])
        assert [each.line_up for each in Gig.objects.for_visitors().filter(pk=gig.pk)] == [[band] if lists[0] else []]


def test_what_is_published_leaves_no_moment_behind(in_alice_portal: Portal) -> None:
    band = BandFactory(is_published=False, publish_at=timezone.now() + HOUR)
    band.is_published = True
    band.save(update_fields=["is_published"])
    band.refresh_from_db()
    assert band.publish_at is None

    band.is_published = False
    band.save(update_fields=["is_published"])
    assert list(Band.objects.drafts()) == [band]


@pytest.mark.parametrize("step", ["publish", "schedule", "unpublish"])
def test_each_step_leads_from_each_state_to_its_own(in_alice_portal: Portal, step: str) -> None:
    later = timezone.now() + HOUR
    for before in ({"is_published": True}, {"publish_at": later}, {}):
        band: Publishable = BandFactory(**{"is_published": False, **before})
        getattr(band, step)(*([later + HOUR] if step == "schedule" else []))
        band.save()
        band.refresh_from_db()
        assert (band.is_visible, band.publish_at) == (step == "publish", later + HOUR if step == "schedule" else None)


def test_what_appears_is_told_of_all_kinds_in_order_and_of_one_portal(
    in_alice_portal: Portal, charlie_portal: Portal
) -> None:
    now = timezone.now()
    with tenant_context(charlie_portal.organization):
        BandFactory(is_published=False, publish_at=now + HOUR)
    band = BandFactory(is_published=False, publish_at=now + 3 * HOUR)
    gig = GigFactory(is_published=False, publish_at=now + 2 * HOUR)
    poll = QuestionFactory(published_at=now + HOUR)
    BandFactory(is_published=False, publish_at=now + 5 * HOUR)
    BandFactory()

    assert appearing_between(now, now + 4 * HOUR, most=9) == [poll, gig, band]
    assert appearing_between(now, now + 4 * HOUR, most=2) == [poll, gig]


def test_the_page_where_a_row_is_edited_is_there() -> None:
    for model, name in ((Band, "band"), (Gig, "gig"), (Question, "poll")):
        assert model(pk=7).get_edit_url() == reverse(f"backstage:{name}_edit", args=[7])


def test_the_clock_change_moves_no_moment(in_alice_portal: Portal) -> None:
    twice = datetime.fromisoformat("2027-10-31T02:30:00+01:00")  # the second of two in Berlin
    band = BandFactory(is_published=False, publish_at=twice)
    band.refresh_from_db()
    assert band.publish_at == twice
