"""The worker keeps as many spare schemas as the setting says."""

from __future__ import annotations

from typing import Any

import pytest

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import KEEP_SPARES, KeepSpares
from bandstand.organizations.models import SpareSchema
from bandstand_worker import registry
from tests.worker.conftest import WorkOff


@pytest.mark.django_db
def test_it_builds_as_many_spares_as_are_wanted(settings: Any, work_off: WorkOff) -> None:
    registry.load_handlers()
    settings.SPARE_SCHEMAS = 2
    jobs = [enqueue(KEEP_SPARES, KeepSpares(), organization=None) for _time in range(2)]

    ended = {job.pk: job for job in work_off()}

    assert [ended[job.pk].result for job in jobs] == [{"built": 2}, {"built": 0}]
    assert SpareSchema.objects.count() == 2
