"""Events of a calendar become gigs, are recognized when read again, and never overwrite what was edited here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import TestCase
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.band_roles import BandRole
from bandstand.calendars.adding import UNANSWERED_KEPT, forget_unanswered, source_choose
from bandstand.calendars.comparing import events_compare
from bandstand.calendars.differing import gigs_differing
from bandstand.calendars.events import CalendarContent, CalendarError, CalendarEvent, FlawedEvent
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.taking import calendar_follow, calendar_preview, calendar_take, responsible_for
from bandstand.gigs.models import Gig
from bandstand.media.storage import new_spreadsheet_path
from bandstand.outgoing.fetching import Seen
from bandstand.spreadsheets.importing import Action
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.venues import VenueFactory

BERLIN = ZoneInfo("Europe/Berlin")
NEXT_YEAR = timezone.now().year + 1


@pytest.fixture(autouse=True)
def portal(alice_portal: Portal) -> Iterator[Portal]:
    """Alice's portal, entered."""
    with tenant_context(alice_portal.organization):
        yield alice_portal


def event(uid: str = "one", day: int = 8, **values: Any) -> CalendarEvent:
    told: dict[str, Any] = {
        "start": datetime(NEXT_YEAR, 5, day, 20, tzinfo=BERLIN),
        "zone": "Europe/Berlin",
        "title": "A night of Mo",
        "place": "Blue Note, Hauptstr. 5, 80331 München",
    }
    return CalendarEvent(uid=uid, **{**told, **values})


def source(portal: Portal, role: str = roles.EDITOR, **values: Any) -> CalendarSource:
    return CalendarSource.objects.create(name="Ours", responsible=portal.user(role), **values)


def preview(of: CalendarSource, *events: CalendarEvent, **values: Any) -> dict[str, Any]:
    calendar_preview(number=of.pk, calendar=CalendarContent(events=list(events), **values))
    of.refresh_from_db()
    assert of.preview is not None
    return of.preview


def take(
    of: CalendarSource,
    *events: CalendarEvent,
    without: tuple[str, ...] = (),
    theirs: tuple[str, ...] = (),
    **values: Any,
) -> CalendarSource:
    """Preview, choose what is ticked, and take it in."""
    shown = preview(of, *events, **values)
    taken = [each["uid"] for each in shown["events"] if each["is_wanted"] and each["uid"] not in without]
    assert of.previewed_at is not None
    assert of.responsible is not None
    assert source_choose(number=of.pk, previewed_at=of.previewed_at, taken=taken, theirs=theirs, by=of.responsible)
    calendar_take(number=of.pk, calendar=CalendarContent(events=list(events), **values))
    of.refresh_from_db()
    return of


def follow(of: CalendarSource, *events: CalendarEvent, **values: Any) -> dict[str, int]:
    done = calendar_follow(number=of.pk, calendar=CalendarContent(events=list(events), **values), seen=Seen())
    of.refresh_from_db()
    return done


# --- What becomes of an event ----------------------------------------------------------------------------------------


def test_an_event_becomes_a_gig_of_the_chosen_band(portal: Portal) -> None:
    band = BandFactory(name="Mo")
    done = take(source(portal, band=band), event(end=datetime(NEXT_YEAR, 5, 8, 23, tzinfo=BERLIN), notes="Fee: 500"))

    gig = Gig.objects.get()
    assert (gig.title, gig.venue, gig.address, gig.town) == ("A night of Mo", "Blue Note", "Hauptstr. 5", "München")
    assert (gig.starts_at, gig.time_zone) == (datetime(NEXT_YEAR, 5, 8, 18, tzinfo=UTC), "Europe/Berlin")
    assert gig.ends_at == datetime(NEXT_YEAR, 5, 8, 21, tzinfo=UTC)
    assert (gig.notes, gig.team_notes) == ("", "Fee: 500")  # nobody said that visitors may read it
    assert gig.line_up == [band]
    assert not gig.is_published
    assert done.outcome is not None
    assert (done.outcome["added"], done.preview, done.choice) == (1, None, None)


def test_bands_are_found_by_their_names(portal: Portal) -> None:
    mo, foo = BandFactory(name="Mo"), BandFactory(name="The Foos & Bars")
    take(
        source(portal, publishes=True, shows_notes=True),
        event("a", 1, title="Gig: MO + the foos & bars!"),
        event("b", 2, title="A party", notes="<p>With <b>Mo</b> &amp; friends</p>"),
        event("c", 3, title="Parents' evening"),
    )

    assert [gig.line_up for gig in Gig.objects.order_by("starts_at")] == [[mo, foo], [mo]]
    assert Gig.objects.latest("starts_at").notes == "With Mo & friends"
    assert Gig.objects.filter(is_published=True).count() == 2


def test_what_is_tentative_private_or_cancelled_is_taken_as_such(portal: Portal) -> None:
    take(
        source(portal, band=BandFactory(), publishes=True),
        event("a", 1, is_tentative=True),
        event("b", 2, is_private=True),
        event("c", 3, is_cancelled=True),
    )

    told = Gig.objects.order_by("starts_at").values_list("status", "is_private", "is_published")
    assert list(told) == [("hold", False, False), ("scheduled", True, False), ("cancelled", False, True)]


def test_whole_days_floating_times_and_utc_are_placed_at_the_venue(portal: Portal) -> None:
    VenueFactory(name="Jazz Club", town="Lisbon", time_zone="Europe/Lisbon")
    take(
        source(portal, band=BandFactory(), venue="Jazz Club"),
        event("a", start=date(NEXT_YEAR, 5, 1), end=date(NEXT_YEAR, 5, 3), zone="", place=""),
        event("b", start=datetime(NEXT_YEAR, 5, 4, 20), zone="", place=""),  # noqa: DTZ001 - on the clock of the place
        event("c", start=datetime(NEXT_YEAR, 5, 5, 19, tzinfo=UTC), zone="", place=""),
        event("d", start=datetime(NEXT_YEAR, 5, 6, 20), zone="", place="Elsewhere, Ulm"),  # noqa: DTZ001
        zone="America/New_York",
    )

    days, floating, utc, elsewhere = Gig.objects.order_by("starts_at")
    assert {gig.town for gig in (days, floating, utc)} == {"Lisbon"}
    assert days.precision == Gig.Precision.DAY
    assert days.local_end is not None
    assert (days.local_start.day, days.local_end.day) == (1, 2)
    assert f"{floating.local_start:%H:%M %Z} {utc.local_start:%H:%M %Z}" == "20:00 WEST 20:00 WEST"
    assert elsewhere.time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"place": ""},
            "venue: The event doesn't say where it is. Add a place there, or a venue in this calendar's options.",
        ),
        ({"place": "Somewhere"}, "town: Add the town to the event's place, as in “Blue Note, Munich”."),
        ({"start": datetime(9000, 1, 1, tzinfo=UTC)}, "start: Enter a date between the years 1900 and 2200."),
    ],
)
def test_an_event_that_is_no_gig_is_skipped_with_a_sentence(
    portal: Portal, values: dict[str, Any], problem: str
) -> None:
    shown = preview(source(portal, band=BandFactory()), event(**values))

    (one,) = shown["events"]
    assert one["action"] == Action.REFUSE.value
    assert problem in one["problems"]


def test_past_and_unticked_events_arent_taken_and_not_offered_again(portal: Portal) -> None:
    mine = source(portal, band=BandFactory(), host="x.example", state=CalendarSource.State.ONCE)
    past = event("past", start=timezone.now() - timedelta(days=30))
    take(mine, event("a", 1), event("b", 2), past, without=("b",))
    assert mine.state == CalendarSource.State.FOLLOWED
    assert mine.skipped == ["b", "past"]

    done = follow(mine, event("a", 1), event("b", 2), past, event("c", 3))

    assert done["added"] == 1
    assert set(Gig.objects.values_list("source_uid", flat=True)) == {"a", "c"}


# --- Reading again ---------------------------------------------------------------------------------------------------


def test_the_same_calendar_again_changes_nothing(portal: Portal) -> None:
    mine = source(portal, band=BandFactory())
    take(mine, event("a", 1), event("b", 2))
    before = list(Gig.objects.values_list("pk", "updated_at", "sequence"))

    shown = preview(mine, event("a", 1), event("b", 2))

    assert shown["counts"] == {"added": 0, "changed": 0, "unchanged": 2, "skipped": 0, "gone": 0, "conflicts": 0}
    assert list(Gig.objects.values_list("pk", "updated_at", "sequence")) == before


def test_what_only_the_calendar_changed_is_taken_over(portal: Portal) -> None:
    mine = source(portal, band=BandFactory())
    take(mine, event())
    moved = event(start=datetime(NEXT_YEAR, 5, 9, 21, tzinfo=BERLIN), place="Jazz Club, Ulm", is_cancelled=True)
    take(mine, moved)

    gig = Gig.objects.get()
    assert (gig.venue, gig.town, gig.local_start.day, gig.status) == ("Jazz Club", "Ulm", 9, "cancelled")


def test_what_was_edited_here_stays_and_both_are_shown(portal: Portal) -> None:
    band, guest = BandFactory(name="Mo"), BandFactory(name="Guests")
    mine = source(portal, band=band)
    take(mine, event())
    gig = Gig.objects.get()
    gig.title, gig.status = "Our own title", Gig.Status.SOLD_OUT
    gig.save()
    gig.appearances.create(band=guest, position=1)

    unchanged = preview(mine, event())
    assert (unchanged["counts"]["changed"], unchanged["counts"]["conflicts"]) == (0, 0)
    take(mine, event(title="Their new title", place="Jazz Club, Ulm"))

    gig.refresh_from_db()
    assert (gig.title, gig.venue, gig.status, len(gig.line_up)) == ("Our own title", "Jazz Club", "sold_out", 2)
    (differing,) = gigs_differing(mine, portal.user(roles.EDITOR))
    assert ("title", "Our own title", "Their new title") in [
        (cell.label, cell.before, cell.after) for cell in differing.cells
    ]


def test_what_differs_is_shown_as_in_previews(portal: Portal) -> None:
    mine = take(source(portal, band=BandFactory(name="Mo"), publishes=True), event())
    gig = Gig.objects.get()
    gig.is_private, gig.status = True, Gig.Status.SOLD_OUT
    gig.starts_at += timedelta(hours=1)
    gig.save()

    (differing,) = gigs_differing(mine, portal.user(roles.EDITOR))

    assert {cell.label: (cell.before, cell.after) for cell in differing.cells} == {
        "private event": ("yes", "no"),
        "status": ("sold out", "announced"),
        "start": (f"8 May {NEXT_YEAR}, 21:00", f"8 May {NEXT_YEAR}, 20:00"),
    }


def test_what_nobody_answers_is_forgotten_with_its_file(portal: Portal) -> None:
    long_ago = timezone.now() - UNANSWERED_KEPT - timedelta(hours=1)
    path = default_storage.save(new_spreadsheet_path(), ContentFile(b"BEGIN:VCALENDAR"))
    never = source(portal, path=path)
    taken = take(source(portal, band=BandFactory(name="Mo")), event())
    followed = source(portal, host="dates.example", state=CalendarSource.State.FOLLOWED)
    recent = source(portal)
    for each in (never, taken, followed, recent):
        preview(each, event("new"))
    CalendarSource.objects.exclude(pk=recent.pk).update(previewed_at=long_ago)
    answered = source(portal, previewed_at=long_ago, choice={"taken": [], "theirs": []})

    with TestCase.captureOnCommitCallbacks(execute=True):
        assert forget_unanswered() == 3

    assert {each.pk: each.previewed_at is None for each in CalendarSource.objects.all()} == {
        taken.pk: True,
        followed.pk: True,
        recent.pk: False,
        answered.pk: False,
    }
    assert not default_storage.exists(path)


def test_a_conflict_is_shown_once_and_somebody_may_let_the_calendar_win(portal: Portal) -> None:
    mine = source(portal, band=BandFactory())
    take(mine, event())
    Gig.objects.update(title="Our own title")

    (shown,) = preview(mine, event(title="Their new title"))["events"]
    assert shown["conflicts"] == [["title", "Our own title", "Their new title"]]
    take(mine, event(title="Their new title"), theirs=("one",))

    assert Gig.objects.get().title == "Their new title"


def test_a_gig_that_was_entered_by_hand_is_recognized_by_band_day_venue_and_start(portal: Portal) -> None:
    band = BandFactory(name="Mo")
    start = datetime(NEXT_YEAR, 5, 8, 20, tzinfo=BERLIN)
    by_hand = GigFactory(bands=[band], venue="blue note", town="Munich", starts_at=start, title="Ours")
    other = GigFactory(bands=[band], venue="Blue Note", town="Munich", starts_at=start + timedelta(hours=2))
    take(source(portal, band=band), event(url="https://tickets.example/"))

    by_hand.refresh_from_db()
    assert Gig.objects.count() == 2
    assert (by_hand.source_uid, by_hand.ticket_url) == ("one", "https://tickets.example/")
    assert (by_hand.title, by_hand.town) == ("Ours", "Munich")  # what somebody entered isn't overwritten
    other.refresh_from_db()
    assert other.source_uid == ""


def test_a_gig_is_taken_back_only_if_two_whole_answers_dont_have_it(portal: Portal) -> None:
    mine = source(portal, band=BandFactory(), host="x.example", publishes=True)
    take(mine, event("a", 1), event("b", 2), event("c", 3), event("d", 4))
    Gig.objects.filter(source_uid="b").update(is_published=False)
    Gig.objects.filter(source_uid="c").update(status=Gig.Status.SOLD_OUT)

    assert follow(mine, event("d", 4))["gone"] == 0
    assert follow(mine, event("d", 4), is_complete=False)["gone"] == 0
    flawed = [FlawedEvent(uid="a", title="", sentence="x")]
    assert follow(mine, event("d", 4), flawed=flawed)["gone"] == 1  # the draft; one was edited here, one can't be read
    follow(mine, event("d", 4))
    assert follow(mine, event("d", 4))["gone"] == 1

    told = dict(Gig.with_trash().values_list("slug", "status"))
    assert sorted(told.values()) == ["cancelled", "scheduled", "scheduled", "sold_out"]
    assert [gig.source_uid for gig in Gig.in_trash()] == [""]
    assert follow(mine, event("a", 1), event("d", 4))["changed"] == 1  # it is back
    assert Gig.objects.get(source_uid="a").status == Gig.Status.SCHEDULED


def test_what_is_in_the_trash_here_stays_there(portal: Portal) -> None:
    mine = source(portal, band=BandFactory(), host="x.example")
    take(mine, event("a", 1))
    Gig.objects.get().move_to_trash()

    assert follow(mine, event("a", 1, title="New")) == {
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "skipped": 1,
        "gone": 0,
        "conflicts": 0,
    }
    assert Gig.objects.count() == 0


def test_one_refused_event_doesnt_hold_up_the_others(portal: Portal) -> None:
    mine = source(portal, band=BandFactory())
    take(mine, event("a", 1), event("b" * 300, 2), event("c", 3))

    assert set(Gig.objects.values_list("source_uid", flat=True)) == {"a", "c"}


def test_two_calendars_may_have_the_same_uids(portal: Portal) -> None:
    first, second = source(portal, band=BandFactory()), source(portal, band=BandFactory())
    take(first, event())
    take(second, event())

    assert Gig.objects.count() == 2


# --- Rights ----------------------------------------------------------------------------------------------------------


def test_a_leader_takes_in_gigs_of_the_own_band_and_changes_no_others(portal: Portal) -> None:
    own, other = BandFactory(name="Own"), BandFactory(name="Other")
    leader = portal.user(roles.GUEST)
    BandRole.objects.create(user=leader, band=own, role=BandRole.Role.LEADER)
    start = datetime(NEXT_YEAR, 5, 9, 20, tzinfo=BERLIN)
    joint = GigFactory(bands=[own, other], venue="Blue Note", starts_at=start, title="")
    mine = source(portal, roles.GUEST, band=own)

    take(mine, event("a", 8), event("b", 9, notes="Nothing"))

    joint.refresh_from_db()
    assert (joint.source_uid, joint.team_notes) == ("", "")
    assert Gig.objects.get(source_uid="a").line_up == [own]
    assert mine.outcome is not None
    assert mine.outcome["skipped"] == 1
    with pytest.raises(CalendarError):
        responsible_for(source(portal, roles.GUEST, band=other))
    with pytest.raises(CalendarError):
        responsible_for(source(portal, roles.GUEST))  # of any band
    with pytest.raises(CalendarError):
        responsible_for(source(portal, roles.MEMBER, band=own))


def test_a_calendar_of_somebody_who_left_changes_nothing(portal: Portal) -> None:
    mine = source(portal, band=BandFactory())
    leaving = mine.responsible
    assert leaving is not None
    leaving.is_active = False
    leaving.save()

    with pytest.raises(CalendarError, match="may not change"):
        preview(mine, event())


def test_comparing_writes_nothing_and_asks_little(portal: Portal, django_assert_max_num_queries: Any) -> None:
    mine = source(portal, band=BandFactory())
    events = [event(str(day), day) for day in range(1, 20)]
    with django_assert_max_num_queries(25):
        events_compare(source=mine, calendar=CalendarContent(events=events), person=portal.user(roles.EDITOR))
    with django_assert_max_num_queries(25):
        events_compare(
            source=mine,
            calendar=CalendarContent(events=[*events, replace(events[0], uid="x")]),
            person=portal.user(roles.EDITOR),
        )

    assert Gig.objects.count() == 0
