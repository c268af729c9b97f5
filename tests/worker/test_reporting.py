"""What leaves the house when a job breaks."""

from __future__ import annotations

import json

import pytest

from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.jobs.enqueueing import enqueue
from bandstand_worker import registry
from bandstand_worker.handlers import remind_of_gigs
from tests.capturing import LETTER, break_down, capturing
from tests.conftest import Portal
from tests.worker.conftest import WorkOff


def test_it_reports_which_job_broke_and_not_what_it_held(
    charlie_portal: Portal, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.load_handlers()
    monkeypatch.setattr(remind_of_gigs, "ZoneInfo", break_down)
    job = enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=LETTER), organization=charlie_portal.organization)

    with capturing("worker") as outside:
        work_off()

    (event,) = outside.events
    assert {name: str(value) for name, value in event["tags"].items()} == {
        "organization": "charlie",
        "service": "worker",
        "job": str(job.pk),
        "kind": "gigs.remind",
        "attempt": "1",
    }
    assert LETTER not in json.dumps(event)
