"""The promise of the pipeline under faults: every job ends, every effect happens once, none runs twice at once.

All on real servers and real processes. The short form, one test with every fault, runs in `make test-long`; `make
chaos` runs those marked `chaos`, which do each fault by itself, long enough to hurt.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from bandstand.devstack.postgres import ADMIN, RUNTIME
from bandstand_worker.reconnecting import Reconnecting
from tests.pipeline.harness import Pipeline

JOBS = 2000
SOME = 600
FEW = 100
MILLISECONDS = 10
REMINDERS = "SELECT organization_id, payload->>'due_at' AS due FROM jobs_job WHERE kind = 'gigs.remind'"
CHANCE = random.Random()  # noqa: S311 - other moments in every run, on purpose

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline("chaos", grace=3) as running:
        yield running


@pytest.fixture
def busy(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Two dispatchers, two workers, and somebody who keeps asking for work."""
    yield from at_work(pipeline, JOBS)


@pytest.fixture
def briefly_busy(pipeline: Pipeline) -> Iterator[Pipeline]:
    """The same for long enough that every fault happens in the middle of work."""
    yield from at_work(pipeline, SOME)


@pytest.fixture
def less_busy(pipeline: Pipeline) -> Iterator[Pipeline]:
    """The same with less work, for what concerns a single job."""
    yield from at_work(pipeline, FEW)


def at_work(pipeline: Pipeline, jobs: int) -> Iterator[Pipeline]:
    """Yield the pipeline while that many jobs are asked for; kill all of it afterwards."""
    pipeline.forget()
    for name in ("dispatcher1", "dispatcher2", "worker1", "worker2"):
        pipeline.start(name)
    pipeline.wait_for_slots(pipeline.concurrency * 2)
    pipeline.start(
        "producer", "-m", "tests.pipeline.produce", "effects", "pipeline.effect", str(jobs), str(MILLISECONDS)
    )
    pipeline.wait(lambda: pipeline.effects() > 0, 30, "the first effect")
    yield pipeline
    for name in list(pipeline.processes):
        pipeline.kill(name)


def hold(pipeline: Pipeline, seconds: float, *, jobs: int = JOBS) -> None:
    """Assert the promise once all work is over: which happens within `seconds`, with nothing stuck."""
    pipeline.processes["producer"].wait(seconds)
    ended = [name for name, process in pipeline.processes.items() if name != "producer" and process.poll() is not None]
    assert not ended, f"ended by themselves: {ended}"
    pipeline.wait_for_end(seconds)
    ends = pipeline.states("pipeline.effect")  # the schedules' own jobs run beside them
    assert ends == {"done": jobs}, ends
    assert pipeline.effects() == jobs
    assert pipeline.one("SELECT count(*) FROM pipeline_overlap") == 0, "a job ran in two places at once"


def spread(pipeline: Pipeline, fault: Callable[[], None], *, times: int, jobs: int = JOBS) -> None:
    """Do `fault` that many times, at random moments all along the work."""
    for done in range(times):
        share = jobs * (done + CHANCE.random()) / (times + 1)
        pipeline.wait(lambda share=share: pipeline.effects() >= share, 120, f"{share:.0f} effects")
        fault()


def kill_worker(pipeline: Pipeline) -> None:
    """Kill one worker, parent and children; another one takes its place."""
    name = CHANCE.choice(["worker1", "worker2"])
    pipeline.kill(name)
    pipeline.start(name)


def kill_child(pipeline: Pipeline) -> None:
    """Kill one process that has begun jobs: Celery ends a worker, itself, that loses one before it takes messages."""
    busy = "SELECT DISTINCT worker FROM jobs_job WHERE worker <> ''"
    at_work = {int(name.rpartition(":")[2]) for (name,) in pipeline.all(busy)}
    children = at_work.intersection([*pipeline.children("worker1"), *pipeline.children("worker2")])
    if children:
        os.kill(CHANCE.choice(sorted(children)), signal.SIGKILL)


def wipe_valkey(pipeline: Pipeline) -> None:
    """Kill Valkey; it comes back empty."""
    port = pipeline.valkey.port
    process = pipeline.valkey.process
    assert process is not None
    process.kill()
    process.wait()
    pipeline.valkey.start(port)


def refuse_valkey(pipeline: Pipeline, seconds: float) -> None:
    """Let nobody connect to Valkey for a while."""
    port = pipeline.valkey.port
    pipeline.valkey.stop()
    time.sleep(seconds)  # the fault itself, not a wait for something
    pipeline.valkey.start(port)


def restart_postgres(pipeline: Pipeline) -> None:
    """Crash PostgreSQL; it recovers from its log."""
    port = pipeline.postgres.port
    process = pipeline.postgres.process
    assert process is not None
    process.send_signal(signal.SIGQUIT)  # immediate shutdown: no checkpoint, as in a crash
    process.wait()
    pipeline.postgres.start(port)


def turn_read_only(pipeline: Pipeline, seconds: float) -> None:
    """Fail over: all connections lead to a server that stays read-only; after a while new ones lead to another."""
    with pipeline.sql(ADMIN) as link:
        link.execute("ALTER DATABASE pipeline SET default_transaction_read_only = on")
        end_connections(link)
        time.sleep(seconds)  # the fault itself, as below
        link.execute("ALTER DATABASE pipeline RESET default_transaction_read_only")


def exhaust_connections(pipeline: Pipeline, seconds: float) -> None:
    """Let nobody connect to PostgreSQL for a while, though it is there."""
    with pipeline.sql(ADMIN) as link:
        link.execute(f"ALTER ROLE {RUNTIME} CONNECTION LIMIT 0")
        end_connections(link)
        time.sleep(seconds)
        link.execute(f"ALTER ROLE {RUNTIME} CONNECTION LIMIT -1")


def end_connections(link: psycopg.Connection[Any]) -> None:
    """End everybody's connections but one's own."""
    link.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [RUNTIME])


def fill_valkey(pipeline: Pipeline, seconds: float) -> None:
    """Let Valkey have no memory left for a while."""
    with pipeline.broker() as broker:
        broker.config_set("maxmemory", "1")
        time.sleep(seconds)
        broker.config_set("maxmemory", "0")


def demote_valkey(pipeline: Pipeline, seconds: float) -> None:
    """Let Valkey be somebody's replica for a while."""
    with pipeline.broker() as broker:
        broker.replicaof("127.0.0.1", "1")
        time.sleep(seconds)
        broker.replicaof("NO", "ONE")


def kill_dispatcher(pipeline: Pipeline) -> None:
    """Kill one dispatcher, perhaps the active one; another one takes its place."""
    name = CHANCE.choice(["dispatcher1", "dispatcher2"])
    pipeline.kill(name)
    pipeline.start(name)


def test_it_keeps_its_promise_under_every_fault(briefly_busy: Pipeline) -> None:
    busy = briefly_busy
    faults: list[Callable[[], None]] = [
        lambda: kill_worker(busy),
        lambda: kill_child(busy),
        lambda: kill_dispatcher(busy),
        lambda: wipe_valkey(busy),
        lambda: restart_postgres(busy),
        lambda: kill_child(busy),
        lambda: refuse_valkey(busy, 1),
        lambda: turn_read_only(busy, 1),
        lambda: fill_valkey(busy, 1),
        lambda: demote_valkey(busy, 1),
        lambda: exhaust_connections(busy, 1),
        lambda: kill_worker(busy),
    ]

    def next_fault() -> None:
        faults.pop(0)()

    spread(busy, next_fault, times=len(faults), jobs=SOME)

    hold(busy, 80, jobs=SOME)


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (kill_worker, 20),
        (kill_child, 40),
        (wipe_valkey, 6),
        (restart_postgres, 5),
        (kill_dispatcher, 10),
        (lambda pipeline: refuse_valkey(pipeline, 30), 1),
        (lambda pipeline: turn_read_only(pipeline, 10), 2),
        (lambda pipeline: exhaust_connections(pipeline, 10), 2),
        (lambda pipeline: fill_valkey(pipeline, 10), 2),
        (lambda pipeline: demote_valkey(pipeline, 10), 2),
    ],
    ids=[
        *("worker", "child", "valkey-wiped", "postgres", "dispatcher", "valkey-refused"),
        *("read-only", "connections", "valkey-full", "valkey-demoted"),
    ],
)
def test_it_keeps_its_promise_under(fault: Callable[[Pipeline], None], times: int, busy: Pipeline) -> None:
    spread(busy, lambda: fault(busy), times=times)

    hold(busy, 240)


def test_it_carries_each_entry_of_the_schedule_out_once_however_many_schedulers_there_are(less_busy: Pipeline) -> None:
    # The pipeline's own dispatchers carry out today's; days further on are the three schedulers' alone.
    days = 4
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)
    for number in range(3):
        less_busy.start(f"scheduler{number}", "-m", "tests.pipeline.produce", "schedule", first.isoformat(), str(days))
    theirs = f"SELECT * FROM ({REMINDERS}) AS reminders WHERE due::timestamptz >= '{first - timedelta(days=1)}'"
    less_busy.wait(lambda: less_busy.one(f"SELECT count(*) FROM ({theirs}) AS theirs") > 0, 60, "the first reminder")
    less_busy.kill("scheduler0")

    for number in (1, 2):
        assert less_busy.processes.pop(f"scheduler{number}").wait(120) == 0

    per_organization = less_busy.all(
        f"SELECT count(*), count(DISTINCT due) FROM ({theirs}) AS theirs GROUP BY organization_id"
    )
    assert per_organization == [(days + 1, days + 1)] * less_busy.organizations
    hold(less_busy, 120, jobs=FEW)


def test_it_gives_a_poisonous_job_up_after_three_deaths_and_stops_another_meanwhile(less_busy: Pipeline) -> None:
    number = int(less_busy.produce("one", "pipeline.poison", "0"))

    stop_a_running_job_long_before_its_end(less_busy)

    less_busy.wait(lambda: less_busy.state_of(number) == "failed", 60, "the end of the poison")

    assert less_busy.one("SELECT count(*) FROM pipeline_start WHERE job = %(job)s", {"job": number}) == 3
    assert less_busy.one("SELECT error_class FROM jobs_job WHERE id = %(job)s", {"job": number}) == "WorkerDied"
    hold(less_busy, 80, jobs=FEW)


def stop_a_running_job_long_before_its_end(less_busy: Pipeline) -> None:
    number = int(less_busy.produce("one", "pipeline.steps", "60000"))
    less_busy.wait(lambda: less_busy.state_of(number) == "running", 60, "the job's start")
    with less_busy.sql() as link:
        link.execute("UPDATE jobs_job SET cancel_requested = true WHERE id = %s", [number])

    less_busy.wait(lambda: less_busy.state_of(number) == "cancelled", 20, "the job's end")

    assert less_busy.one("SELECT progress_total FROM jobs_job WHERE id = %(job)s", {"job": number}) == 6000


@pytest.mark.parametrize("kind", ["pipeline.steps", "pipeline.slow"], ids=["in steps", "without a step"])
def test_it_hands_work_back_when_a_worker_is_told_to_end(kind: str, less_busy: Pipeline) -> None:
    number = int(less_busy.produce("one", kind, "4000"))
    less_busy.wait(lambda: less_busy.state_of(number) == "running", 60, "the job's start")

    ending = [less_busy.processes.pop(name) for name in ("worker1", "worker2")]
    for worker in ending:
        worker.terminate()
    for worker in ending:
        worker.wait(90)
    assert less_busy.state_of(number) in {"waiting", "admitted"}
    for name in ("worker1", "worker2"):
        less_busy.start(name)

    hold(less_busy, 120, jobs=FEW)
    row = less_busy.all("SELECT state, attempts, deaths FROM jobs_job WHERE id = %(job)s", {"job": number})
    assert row == [("done", 1, 0)]  # interrupted, which is neither a failed attempt nor a death


def test_a_worker_goes_on_after_all_its_processes_ended_their_work_while_valkey_was_away(pipeline: Pipeline) -> None:
    def run_a_job() -> None:
        number = int(pipeline.produce("one", "pipeline.effect", "0"))
        pipeline.wait(lambda: pipeline.state_of(number) == "done", 60, "a job's end")

    def given_up() -> int:
        return (pipeline.folder / "worker1.log").read_text().count("a message couldn't be acknowledged")

    pipeline.forget()
    try:
        pipeline.start("dispatcher1")
        pipeline.start("worker1")
        pipeline.wait_for_slots()
        before = given_up()
        run_a_job()
        time.sleep(Reconnecting.every * 1.5)  # what doesn't happen can't be waited for
        assert given_up() == before, "it connected anew though Redis was there"
        jobs = pipeline.concurrency
        with pipeline.sql() as gate:
            gate.execute("SELECT pg_advisory_lock(78)")
            pipeline.produce("effects", "pipeline.gated", str(jobs), "0")
            pipeline.wait(lambda: pipeline.states("pipeline.gated") == {"running": jobs}, 60, "work in every process")
            port = pipeline.valkey.port
            pipeline.valkey.stop()
        pipeline.wait(lambda: pipeline.states("pipeline.gated") == {"done": jobs}, 60, "the end of that work")
        pipeline.valkey.start(port)

        run_a_job()

        assert given_up() == before + 1
    finally:
        for name in list(pipeline.processes):
            pipeline.kill(name)
