"""When recurring jobs are due, in zones whose clocks jump, and that each occurrence becomes one job."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandstand.gigs.job_kinds import REMIND_OF_GIGS
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand_worker.schedule import SCHEDULE, Daily, Every, ScheduleEntry, first_instant
from bandstand_worker.scheduling import schedule_due
from tests.conftest import Portal

# Half-hour and quarter-hour offsets, gaps at midnight, a gap of half an hour, summer time the other way round.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
times_of_day = st.times().map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=None))


@given(moments, zones, times_of_day)
def test_it_was_due_at_most_a_day_ago_and_never_in_the_future(now: datetime, zone: ZoneInfo, at: time) -> None:
    due = Daily(at).latest(now, zone)

    assert due <= now
    assert now - due <= timedelta(hours=25)  # the day on which clocks are put back


@given(moments, zones, times_of_day)
def test_it_is_due_at_the_local_time_or_at_the_end_of_the_gap_that_skips_it(
    now: datetime, zone: ZoneInfo, at: time
) -> None:
    due = Daily(at).latest(now, zone)
    local = due.astimezone(zone)

    if local.time().replace(tzinfo=None) != at:
        just_before = (due - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert just_before < datetime.combine(local.date(), at) < local.replace(tzinfo=None)


@given(st.dates(datetime(2015, 1, 1).date(), datetime(2034, 12, 1).date()), zones, times_of_day)  # noqa: DTZ001
def test_it_is_due_once_on_each_day_of_a_year(first: object, zone: ZoneInfo, at: time) -> None:
    begin = datetime.combine(first, time(12), UTC)  # type: ignore[arg-type]
    found = {Daily(at).latest(begin + timedelta(hours=hour), zone) for hour in range(0, 400 * 24, 6)}

    days = Counter(due.astimezone(zone).date() for due in found)
    assert set(days.values()) == {1}
    assert max(days) - min(days) == timedelta(days=len(days) - 1)


@given(moments, zones)
def test_it_takes_the_first_of_two_equal_local_times(now: datetime, zone: ZoneInfo) -> None:
    wall = now.astimezone(zone).replace(tzinfo=None, fold=0)

    assert first_instant(wall, zone) <= now


def test_it_moves_what_falls_into_a_gap_to_its_end() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    due = Daily(time(2, 30)).latest(datetime(2026, 3, 29, 12, tzinfo=UTC), berlin)

    assert due == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 became 03:00


@given(moments, st.integers(1, 10_000))
def test_it_repeats_at_equal_distances(now: datetime, minutes: int) -> None:
    period = timedelta(minutes=minutes)
    due = Every(period).latest(now, ZoneInfo("UTC"))

    assert timedelta() <= now - due < period
    assert Every(period).latest(due, ZoneInfo("UTC")) == due
    assert Every(period).latest(due - timedelta(microseconds=1), ZoneInfo("UTC")) == due - period


REMINDERS = [entry for entry in SCHEDULE if entry.kind is REMIND_OF_GIGS]


def reminders(organization: Organization) -> list[datetime]:
    """Return the moments for which jobs were made, the first one first."""
    jobs = Job.objects.of_organization(organization).of_kind(REMIND_OF_GIGS).order_by("pk")
    return [datetime.fromisoformat(job.payload["due_at"]) for job in jobs]


@pytest.fixture
def tomorrow() -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)


def test_it_asks_for_each_organizations_job_in_its_own_zone(
    alice_portal: Portal, charlie_portal: Portal, tomorrow: datetime
) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(time_zone="Pacific/Auckland")
    Organization.objects.filter(pk=charlie_portal.organization.pk).update(time_zone="America/Los_Angeles")

    for hour in range(48):
        schedule_due(tomorrow + timedelta(hours=hour), REMINDERS)

    for portal, zone in ((alice_portal, "Pacific/Auckland"), (charlie_portal, "America/Los_Angeles")):
        due = reminders(portal.organization)
        assert {moment.astimezone(ZoneInfo(zone)).time() for moment in due} == {time(9)}
        assert len(due) == len(set(due)) >= 2


def test_it_catches_up_once_after_an_absence(alice_portal: Portal, tomorrow: datetime) -> None:
    schedule_due(tomorrow, REMINDERS)
    schedule_due(tomorrow + timedelta(days=9), REMINDERS)
    schedule_due(tomorrow + timedelta(days=9), REMINDERS)

    due = reminders(alice_portal.organization)
    assert len(due) == 2
    assert due[1] - due[0] == timedelta(days=9)


def test_it_does_not_make_up_for_what_was_missed_long_ago(tomorrow: datetime, alice_portal: Portal) -> None:
    yearly = ScheduleEntry(
        name="rare", kind=REMIND_OF_GIGS, payload=REMINDERS[0].payload, rhythm=Every(timedelta(days=365))
    )
    due = yearly.rhythm.latest(tomorrow, ZoneInfo("UTC"))

    assert schedule_due(due + timedelta(days=1, seconds=1), [yearly]) == 0
    assert reminders(alice_portal.organization) == []


def test_it_asks_nothing_of_an_organization_that_is_suspended(alice_portal: Portal, tomorrow: datetime) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.SUSPENDED)

    schedule_due(tomorrow, REMINDERS)

    assert reminders(alice_portal.organization) == []
