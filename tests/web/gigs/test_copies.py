"""Copies of a gig, for which somebody says when."""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bandstand.accounts import roles
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.isolation.visiting import leader_browser
from tests.web.forms.test_meanwhile import fields

START = datetime(2027, 3, 25, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def test_it_asks_for_the_date_and_suggests_a_week_later(editor: Client) -> None:
    gig = GigFactory(starts_at=START)

    assert fields(editor.get(f"/backstage/gigs/{gig.pk}/copy/").content.decode())["days-0-day"] == "2027-04-01"
    assert f"/backstage/gigs/{gig.pk}/copy/" in editor.get("/backstage/gigs/?show=past").content.decode() + str(
        editor.get("/backstage/gigs/").content
    )


def test_one_copy_is_opened_as_a_draft(editor: Client) -> None:
    band = BandFactory()
    gig = GigFactory(
        starts_at=START, doors_at=START - timedelta(hours=1), bands=[band], fee="€500", contact="Kim", notes="Loud"
    )
    gig.appearances.update(on_stage_at=time_of_day(21))
    page = f"/backstage/gigs/{gig.pk}/copy/"

    answer = editor.post(page, fields(editor.get(page).content.decode()))

    copy = Gig.objects.exclude(pk=gig.pk).get()
    assert answer["Location"] == f"/backstage/gigs/{copy.pk}/"
    # The clocks go forward in between; the evening stays where it is on the clock.
    assert f"{copy.local_start:%Y-%m-%d %H:%M}" == "2027-04-01 20:00"
    assert f"{copy.local_doors:%H:%M}" == "19:00"
    assert (copy.is_published, copy.notes, copy.contact, copy.fee, copy.line_up) == (False, "Loud", "Kim", "", [band])
    assert copy.appearances.get().on_stage_at == time_of_day(21)
    assert (copy.uid != gig.uid, copy.slug != gig.slug, copy.series) == (True, True, None)


def test_several_copies_are_one_series(editor: Client) -> None:
    gig = GigFactory(starts_at=START, status="cancelled", status_note="Ill")
    days = {f"days-{number}-day": f"2027-04-0{number + 1}" for number in range(3)}

    editor.post(f"/backstage/gigs/{gig.pk}/copy/", {"days-TOTAL_FORMS": "3", "days-INITIAL_FORMS": "0", **days})

    copies = Gig.objects.exclude(pk=gig.pk)
    assert copies.count() == 3
    assert set(copies.values_list("status", "status_note")) == {("scheduled", "")}
    assert copies.values("series").distinct().count() == 1


@pytest.mark.parametrize("day", ["", "2027-02-30", "2027-03-28"])
def test_a_day_that_cannot_be_is_refused(editor: Client, day: str) -> None:
    gig = GigFactory(starts_at=START.replace(hour=2, minute=30))
    sent = {"days-TOTAL_FORMS": "1", "days-INITIAL_FORMS": "0", "days-0-day": day}

    answer = editor.post(f"/backstage/gigs/{gig.pk}/copy/", sent)

    assert answer.status_code == 422
    assert Gig.objects.count() == 1


def test_a_leader_copies_for_the_own_band(in_alice_portal: Portal) -> None:
    own, other = BandFactory(), BandFactory()
    shared, foreign = GigFactory(bands=[own, other]), GigFactory(bands=[other])
    leader = leader_browser(in_alice_portal, own.pk)
    sent = {"days-TOTAL_FORMS": "1", "days-INITIAL_FORMS": "0", "days-0-day": "2027-05-01"}

    assert leader.get(f"/backstage/gigs/{foreign.pk}/copy/").status_code == 404
    leader.post(f"/backstage/gigs/{shared.pk}/copy/", sent)

    assert Gig.objects.latest("pk").line_up == [own]
