"""Of three dispatchers, Prometheus hears the active one alone: no other's figures hide that nobody admits jobs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from bandstand.database.connection import connection
from bandstand.devstack.processes import free_port
from bandstand.devstack.valkey import Valkey
from bandstand.jobs.models import Job, State
from bandstand_worker import metrics as metrics_module
from bandstand_worker.metrics import FRESH, Metrics
from tests import prepared
from tests.servers import database_copy, worker_number
from tests.waiting import wait_until

Figures = dict[str, float]
OBSERVED = "bandstand_jobs_observed_timestamp_seconds"


@dataclass(frozen=True)
class Dispatcher:
    """A process and what it tells."""

    port: int
    process: prepared.Child

    def figures(self, seconds: float = 2) -> Figures | None:
        """Return what a scrape gets; None where none is answered, as by one that is frozen."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=seconds) as answer:
                page = answer.read().decode()
        except OSError:
            return None
        return {
            sample.name: sample.value for family in text_string_to_metric_families(page) for sample in family.samples
        }


@dataclass(frozen=True)
class Dispatchers:
    """Three dispatchers of one database."""

    database: str
    members: list[Dispatcher]

    def active(self, *, frozen: Dispatcher | None = None) -> list[Dispatcher]:
        """Return those that export figures; whoever is frozen isn't asked, as that takes until the time is up."""
        return [each for each in self.members if each is not frozen and each.figures()]

    def depose(self, dispatcher: Dispatcher) -> None:
        """End the session that holds the lock, as PostgreSQL does when a node is lost."""
        admin = json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"]
        with psycopg.connect(admin, autocommit=True) as server:
            ended = server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name LIKE %s",
                [self.database, f"bandstand dispatcher %:{dispatcher.process.pid}"],
            )
            assert ended.fetchall()


def start(environment: dict[str, str]) -> Dispatcher:
    port = free_port()
    more = {"BANDSTAND_METRICS_PORT": str(port)}
    return Dispatcher(port, prepared.begin("-m", "bandstand_worker", "dispatch", environment={**environment, **more}))


@pytest.fixture
def dispatchers(tmp_path: Path) -> Iterator[Dispatchers]:
    """Three that answer scrapes."""
    database, valkey = f"dispatchers_{worker_number()}", Valkey(tmp_path, durable=False)
    admin = json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"]
    valkey.start()
    members: list[Dispatcher] = []
    try:
        environment = {
            **os.environ,
            **database_copy(database, valkey=0),
            "REDIS_URL": valkey.url(),
            "TMPDIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings",
        }
        members.extend(start(environment) for _each in range(3))
        wait_until(lambda: all(each.figures() is not None for each in members))
        yield Dispatchers(database, members)
    finally:
        for each in members:
            each.process.kill()
            each.process.wait()
        valkey.stop()
        with psycopg.connect(admin, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


@pytest.mark.long
def test_the_active_one_alone_exports_whoever_freezes_or_takes_over(dispatchers: Dispatchers) -> None:
    wait_until(dispatchers.active)
    (first,) = dispatchers.active()
    told = first.figures()
    assert told
    assert {
        "bandstand_jobs",
        "bandstand_jobs_slots",
        "bandstand_jobs_oldest_seconds",
        "bandstand_portals_behind",
    } < set(told)
    assert abs(time.time() - told[OBSERVED]) < 60
    wait_until(lambda: (first.figures() or told)[OBSERVED] > told[OBSERVED])

    first.process.send_signal(signal.SIGSTOP)  # it keeps the lock, and nobody admits jobs
    for _moment in range(2):
        assert [each.figures() for each in dispatchers.members if each is not first] == [{}, {}]
        assert first.figures(seconds=0.5) is None
        time.sleep(0.5)

    dispatchers.depose(first)
    wait_until(lambda: dispatchers.active(frozen=first))
    assert first.figures(seconds=0.5) is None
    (second,) = dispatchers.active(frozen=first)

    first.process.send_signal(signal.SIGCONT)
    wait_until(lambda: first.figures() is not None)
    wait_until(lambda: first.figures() == {})
    for _moment in range(10):
        assert dispatchers.active() == [second]
        time.sleep(0.1)


@pytest.fixture
def metrics(db: None) -> Metrics:
    """Those of a dispatcher in this process."""
    made = Metrics()
    made._on = True
    return made


def observe(metrics: Metrics) -> None:
    connection.ensure_connection()
    metrics.observe(connection.connection)


def test_one_that_hangs_keeps_no_figures(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0.0
    monkeypatch.setattr(metrics_module, "monotonic", lambda: time.monotonic() + passed)

    def told() -> bool:
        return metrics.registry.get_sample_value("bandstand_jobs_slots") is not None

    assert not told()
    observe(metrics)
    passed = FRESH - 1
    assert told()
    passed = FRESH + 1
    assert not told()
    observe(metrics)
    assert told()


def test_one_that_is_active_again_counts_no_job_that_ended_meanwhile(metrics: Metrics) -> None:
    def finish() -> None:
        now = timezone.now()
        Job.objects.create(kind="some", queue="default", state=State.DONE, started_at=now, finished_at=now)

    def counted() -> float | None:
        observe(metrics)
        labels = {"kind": "some", "outcome": "done"}
        return metrics.registry.get_sample_value("bandstand_job_duration_seconds_count", labels)

    assert counted() is None
    finish()
    assert counted() == 1
    metrics.withdraw()
    finish()
    assert counted() is None
    finish()
    assert counted() == 1
