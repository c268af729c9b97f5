"""The worker has each portal's schema spread, a job each, and again nothing the next minute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA, DISTRIBUTE_SCHEMAS, DistributeSchema, DistributeSchemas
from bandstand.jobs.models import Job, State
from bandstand_worker import registry
from tests.conftest import Portal
from tests.shared.tenancy.citus_stand_in import citus_stand_in, set_up_suitably
from tests.worker.conftest import WorkOff


@pytest.fixture(scope="module")
def _stand_in(django_db_setup: None) -> Iterator[None]:
    with citus_stand_in():
        yield


def test_it_tries_again_later_where_there_is_no_cluster_yet(alice_portal: Portal, work_off: WorkOff) -> None:
    """Comes first: the stand-in is there from the next test on."""
    registry.load_handlers()
    job = enqueue(DISTRIBUTE_SCHEMA, DistributeSchema(), organization=alice_portal.organization)

    work_off()

    job.refresh_from_db()
    assert (job.state, job.error_class) == (State.WAITING, "ImproperlyConfigured")


@pytest.mark.usefixtures("_stand_in")
def test_it_spreads_each_schema_by_a_job_of_its_own(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    registry.load_handlers()
    set_up_suitably()
    schemas = {portal.organization.schema_name for portal in (alice_portal, charlie_portal)}
    looks = []
    for _minute in range(2):
        job = enqueue(DISTRIBUTE_SCHEMAS, DistributeSchemas(), organization=None)
        work_off()
        work_off()
        looks.append(Job.objects.get(pk=job.pk).result)

    assert looks == [{"jobs": 2}, {"jobs": 0}]
    jobs = Job.objects.filter(kind=DISTRIBUTE_SCHEMA.name)
    assert [(job.state, job.result) for job in jobs] == [(State.DONE, {"spread": True})] * 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema FROM stand_in_calls")
        assert {schema for (schema,) in cursor.fetchall()} == schemas
