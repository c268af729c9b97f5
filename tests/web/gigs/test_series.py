"""Changes of one gig for its series: said first, then done, and dates stay."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.content.changes import Change
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.isolation.visiting import leader_browser
from tests.web.forms.test_meanwhile import fields

FRIDAYS = 5  # from 12 March 2027 on, with the change of clocks between the third and the fourth


@pytest.fixture
def editor(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.EDITOR)


def series(count: int = FRIDAYS, **values: Any) -> list[Gig]:
    one = uuid.uuid4()
    gigs = []
    for number in range(count):
        start = datetime(2027, 3, 12, 20, tzinfo=ZoneInfo("Europe/Berlin")) + timedelta(weeks=number)
        gigs.append(GigFactory(series=one, starts_at=start, price="€10", venue="Hall", town="Hof", **values))
    return gigs


def change(client: Client, gig: Gig, scope: str, **values: Any) -> Any:
    """Change the gig in its form, and return the answer to that."""
    page = f"/backstage/gigs/{gig.pk}/"
    return client.post(page, {**fields(client.get(page).content.decode()), "apply_to": scope, **values})


def clocks() -> list[str]:
    return [f"{gig.local_start:%d.%m. %H:%M}" for gig in Gig.objects.order_by("starts_at")]


def test_all_get_the_start_and_keep_their_days(editor: Client) -> None:
    gigs = series()
    Gig.objects.filter(pk=gigs[2].pk).update(starts_at=gigs[2].starts_at + timedelta(hours=1))

    answer = change(editor, gigs[0], "all", starts_at="2027-03-12T19:30")
    summary = editor.get(answer["Location"]).content.decode()

    assert "3 gigs get this: start “7:30 pm”. 1 was changed on its own and stays." in summary
    assert clocks() == ["12.03. 19:30", "19.03. 20:00", "26.03. 21:00", "02.04. 20:00", "09.04. 20:00"]
    editor.post(answer["Location"])
    assert clocks() == ["12.03. 19:30", "19.03. 19:30", "26.03. 21:00", "02.04. 19:30", "09.04. 19:30"]
    assert {gig.uid for gig in gigs} == set(Gig.objects.values_list("uid", flat=True))
    assert Gig.objects.values("series").distinct().count() == 1


def test_those_changed_on_their_own_follow_if_somebody_ticks_it(editor: Client) -> None:
    gigs = series()
    Gig.objects.filter(pk=gigs[2].pk).update(price="€12")

    answer = change(editor, gigs[0], "all", price="€15")
    editor.post(answer["Location"], {"own": "1"})

    assert set(Gig.objects.values_list("price", flat=True)) == {"€15"}


def test_the_following_become_a_series_of_their_own(editor: Client) -> None:
    gigs = series()

    answer = change(editor, gigs[2], "following", price="€15")
    editor.post(answer["Location"])

    found = list(Gig.objects.order_by("starts_at").values_list("price", "series"))
    assert [price for price, _series in found] == ["€10", "€10", "€15", "€15", "€15"]
    assert {one for _price, one in found[:2]} == {gigs[0].series}
    assert len({one for _price, one in found[2:]}) == 1
    assert found[2][1] != gigs[0].series


def test_only_this_one_asks_nothing(editor: Client) -> None:
    gigs = series()

    assert change(editor, gigs[1], "this", price="€15")["Location"] == "/backstage/gigs/"
    assert change(editor, gigs[1], "all")["Location"] == "/backstage/gigs/", "nothing was changed"
    assert Gig.objects.filter(price="€15").count() == 1


def test_each_is_saved_as_by_a_form(editor: Client) -> None:
    gigs = series(2)
    before = Gig.objects.get(pk=gigs[1].pk)

    answer = change(editor, gigs[0], "all", starts_at="2027-03-12T19:30", doors_at="2027-03-12T19:00", price="")
    editor.post(answer["Location"])

    after = Gig.objects.get(pk=gigs[1].pk)
    assert (after.sequence, after.price, f"{after.local_doors:%H:%M}") == (before.sequence + 1, "", "19:00")
    assert after.updated_at > before.updated_at
    change_ = Change.objects.filter(kind="gigs.gig", object_id=after.pk).latest("pk")
    assert (change_.by, set(change_.fields)) == (Change.By.PERSON, {"starts_at", "doors_at", "price"})


def test_a_new_venue_keeps_the_time_on_the_clock(editor: Client) -> None:
    gigs = series(3)

    answer = change(editor, gigs[0], "all", venue="Barbican", town="London", time_zone="Europe/London")
    editor.post(answer["Location"])

    assert {(gig.venue, gig.time_zone, f"{gig.local_start:%H:%M}") for gig in Gig.objects.all()} == {
        ("Barbican", "Europe/London", "20:00")
    }


def test_what_cannot_be_is_told_and_left(editor: Client) -> None:
    gigs = series(3)
    early = Gig.objects.get(pk=gigs[2].pk)
    early.doors_at = early.starts_at - timedelta(minutes=10)
    early.save()

    answer = change(editor, gigs[0], "all", starts_at="2027-03-12T19:00", title="")
    summary = editor.get(answer["Location"]).content.decode()
    editor.post(answer["Location"])

    assert "Doors have to open before the start." in summary
    assert clocks() == ["12.03. 19:00", "19.03. 19:00", "26.03. 20:00"]


def test_the_line_up_is_given_too(editor: Client) -> None:
    band, guest = BandFactory(), BandFactory()
    gigs = series(3, bands=[band])

    answer = change(editor, gigs[0], "all", line_up=[guest.pk, band.pk])
    editor.post(answer["Location"])

    assert [gig.line_up for gig in Gig.objects.for_listing()] == [[guest, band]] * 3


def test_gigs_of_others_stay(in_alice_portal: Portal) -> None:
    own, other = BandFactory(), BandFactory()
    gigs = series(3, bands=[own])
    GigFactory(series=gigs[0].series, bands=[other], price="€10", title="Secret")
    leader = leader_browser(in_alice_portal, own.pk)

    answer = change(leader, gigs[0], "all", price="€15")
    summary = leader.get(answer["Location"]).content.decode()
    leader.post(answer["Location"])

    assert "1 gig isn't yours to change and stays." in summary
    assert "Secret" not in summary
    assert Gig.objects.of_band(Band.objects.get(pk=other.pk)).get().price == "€10"
    assert Gig.objects.filter(price="€15").count() == 3


@pytest.mark.parametrize("query", ["?scope=some", "?fields=uid", "?fields=is_published&scope=all"])
def test_impossible_questions_find_nothing(editor: Client, query: str) -> None:
    (gig,) = series(1)
    assert editor.get(f"/backstage/gigs/{gig.pk}/series/{query}").status_code == 404
