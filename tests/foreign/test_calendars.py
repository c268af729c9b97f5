"""The calendars that two libraries test themselves with: each is read, or refused with a sentence, within the limits.

They are fetched from the package index, as the licence of one of them isn't that of this repository.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

import pytest
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.calendars.comparing import events_compare, is_wanted
from bandstand.calendars.events import CalendarContent, CalendarError
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.rows import UID
from bandstand.spreadsheets.importing import Action
from bandstand_worker.calendar_opening import opened
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.servers import ROOT

pytestmark = pytest.mark.foreign
PACKAGES = {"icalendar": "7.3.0", "recurring-ical-events": "3.8.2"}
MOST_SECONDS, MOST_BYTES = 10, 300 * 1024 * 1024


@dataclass(frozen=True)
class Told:
    """What became of a file."""

    path: Path
    seconds: float
    calendar: CalendarContent | None
    sentence: str = ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages' sources are unpacked."""
    folder = tmp_path_factory.mktemp("foreign")
    wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
    uv = str(ROOT / ".venv" / "bin" / "uv")
    command = [uv, "tool", "run", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"]
    subprocess.run([*command, str(folder), *wanted], check=True)
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> list[Told]:
    """What became of each file."""
    return list(_read_all(folder))


def say(line: str) -> None:
    """Print a figure; they are what this is run for."""
    sys.stdout.write(f"{line}\n")


def _read_all(folder: Path) -> Iterator[Told]:
    for path in sorted(folder.rglob("*.ics")):
        began = monotonic()
        try:
            calendar, sentence = opened(path, step=lambda: None), ""
        except CalendarError as problem:
            calendar, sentence = None, str(problem)
        yield Told(path.relative_to(folder), monotonic() - began, calendar, sentence)


def test_each_file_is_read_or_refused_with_a_sentence(told: list[Told]) -> None:
    slowest = max(told, key=lambda each: each.seconds)
    most_memory = getrusage(RUSAGE_CHILDREN).ru_maxrss * 1024
    read = [each for each in told if each.calendar is not None]
    say(f"\n{len(told)} files: {len(read)} read, {len(told) - len(read)} refused")
    say(f"events: {sum(len(each.calendar.events) for each in read if each.calendar)}")
    say(f"flawed events: {sum(len(each.calendar.flawed) for each in read if each.calendar)}")
    say(f"slowest: {slowest.path} in {slowest.seconds:.2f} s; most memory: {most_memory / 1024**2:.0f} MB")
    for each in told:
        if each.sentence:
            say(f"refused: {each.path}: {each.sentence}")

    assert len(told) >= 164 + 95
    assert all(each.sentence.endswith(".") for each in told if each.calendar is None)
    assert all(flaw.sentence.endswith(".") for each in read if each.calendar for flaw in each.calendar.flawed)
    assert slowest.seconds < MOST_SECONDS
    assert most_memory < MOST_BYTES


def test_what_is_read_is_taken_in_or_refused_with_a_sentence(told: list[Told], alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        person = alice_portal.user(roles.EDITOR)
        band = BandFactory(name="Everybody")
        actions = dict.fromkeys(Action, 0)
        for number, each in enumerate(told):
            if each.calendar is None:
                continue
            source = CalendarSource.objects.create(
                name=f"{number}", band=band, responsible=person, venue="Club", town="Ulm"
            )
            comparison = events_compare(source=source, calendar=each.calendar, person=person, for_writing=True)
            wanted = [plan for plan in comparison.planned(Action.ADD) if is_wanted(plan, source)]
            comparison.importer.write(wanted)
            for plan in comparison.plans:
                actions[plan.action] += 1
                assert plan.action is not Action.REFUSE or plan.problems, (each.path, plan.related[UID])
        say(f"\n{ {action.value: count for action, count in actions.items()} }")
