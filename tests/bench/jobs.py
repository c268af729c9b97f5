"""The pipeline of jobs with real processes: throughput beside bare Celery, latency, fairness."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from tests.pipeline.harness import Pipeline

JOBS = 3000
ROUNDS = 3
SINGLES = 100
FLOOD = 10_000
FLOOD_MILLISECONDS = 20
CONCURRENCY = 4
STEADY = 200  # jobs of the flood after which the other organization begins
BULK = 3000
TINY = {"JOBS": 20, "ROUNDS": 1, "SINGLES": 3, "FLOOD": 60, "STEADY": 5, "BULK": 20}
# From the commit that asks for a job to the handler's start.
_WAITED = """
    SELECT EXTRACT(epoch FROM started_at - created_at)::float * 1000 FROM jobs_job
    WHERE payload->>'key' LIKE 'single %' AND started_at IS NOT NULL
"""
# Between the first tenth and the last, whose jobs have no others beside them.
_RATE = """
    SELECT (count(*) - 1) / EXTRACT(epoch FROM max(finished_at) - min(finished_at))::float FROM (
        SELECT finished_at, percent_rank() OVER (ORDER BY finished_at) AS share
        FROM jobs_job WHERE kind = 'pipeline.bulk_wait' AND state = 'done'
    ) AS ended WHERE share BETWEEN 0.1 AND 0.9
"""


def run() -> Iterator[dict[str, object]]:
    """Measure on servers of its own: PostgreSQL, Valkey, a dispatcher and a worker."""
    with Pipeline("bench-jobs", lease=30, concurrency=CONCURRENCY) as pipeline:
        yield throughput(pipeline)
        idle = waiting_times(pipeline)
        yield {
            "what": f"from commit to start on an idle system, median of {SINGLES} jobs",
            "here": f"{statistics.median(idle):.0f} ms",
            "goal": "< 50 ms",
        }
        yield bulk(pipeline)
        for queue, kind, goal in (("default", "pipeline.wait", "<= 1.3"), ("bulk", "pipeline.bulk_wait", "<= 2")):
            waited, left = behind_a_flood(pipeline, kind)
            flood = f"{FLOOD:,} {queue} jobs of {FLOOD_MILLISECONDS} ms of another organization"
            yield {
                "what": f"the same while {flood} wait ({left:,} still did at the end)",
                "here": f"{waited:.0f} ms",
                "peer": f"{statistics.median(idle):.0f} ms",
                "ratio": f"{waited / statistics.median(idle):.2f}",
                "goal": goal,
            }


def throughput(pipeline: Pipeline) -> dict[str, object]:
    """Compare jobs that do nothing with Celery tasks that do nothing: the same Valkey, pool and concurrency."""
    here, peer = [], []
    for _round in range(ROUNDS):
        pipeline.start("bare", "-m", "tests.pipeline.bare", "work")
        peer.append(bare_rate(pipeline))
        pipeline.stop("bare")
        start(pipeline)
        here.append(own_rate(pipeline))
        stop(pipeline)
    ratio = statistics.median(a / b for a, b in zip(here, peer, strict=True))
    return {
        "what": f"{JOBS:,} empty jobs, asked for one by one until all are done, per second (peer: bare Celery)",
        "here": f"{statistics.median(here):.0f}",
        "peer": f"{statistics.median(peer):.0f}",
        "ratio": f"{ratio:.2f}",
        "goal": ">= 0.8",
    }


def start(pipeline: Pipeline) -> None:
    """Begin with an empty table, a dispatcher and a worker that has warmed up."""
    pipeline.forget()
    pipeline.start("dispatcher")
    pipeline.start("worker")
    pipeline.wait_for_slots()
    pipeline.produce("empty", "50")
    pipeline.wait_for_end(60)


def stop(pipeline: Pipeline) -> None:
    """End both."""
    pipeline.stop("worker")
    pipeline.stop("dispatcher")


def own_rate(pipeline: Pipeline) -> float:
    """Return jobs per second, from the first one's commit until the last one's end."""
    began = float(pipeline.produce("empty", str(JOBS)))
    pipeline.wait_for_end(300)
    ended = float(pipeline.one("SELECT EXTRACT(epoch FROM max(finished_at)) FROM jobs_job"))
    return JOBS / (ended - began)


def bare_rate(pipeline: Pipeline) -> float:
    """Return tasks per second, from the first one's message until the queue is empty and nothing unacknowledged."""
    broker = pipeline.broker()
    pipeline.call("-m", "tests.pipeline.bare", "send", "50")
    while broker.llen("celery") or broker.hlen("unacked"):
        time.sleep(0.01)
    began = float(pipeline.call("-m", "tests.pipeline.bare", "send", str(JOBS)))
    while broker.llen("celery") or broker.hlen("unacked"):
        time.sleep(0.01)
    return JOBS / (time.time() - began)


def waiting_times(pipeline: Pipeline) -> list[float]:
    """Return how many milliseconds single jobs waited, one asked for after the other's end."""
    start(pipeline)
    pipeline.produce("singles", "pipeline.wait", str(SINGLES), "0.02")
    stop(pipeline)
    return [row[0] for row in pipeline.all(_WAITED)]


def bulk(pipeline: Pipeline) -> dict[str, object]:
    """Return how many short bulk jobs of one organization end in a second while nobody else wants anything."""
    start(pipeline)
    pipeline.produce("flood", "pipeline.bulk_wait", str(BULK), str(FLOOD_MILLISECONDS))
    pipeline.wait_for_end(300)
    rate = pipeline.one(_RATE)
    stop(pipeline)
    ideal = CONCURRENCY * 1000 / FLOOD_MILLISECONDS
    jobs = f"{BULK:,} bulk jobs of {FLOOD_MILLISECONDS} ms of one organization"
    return {
        "what": f"{jobs}, {CONCURRENCY} processes, per second (peer: ideal)",
        "here": f"{rate:.0f}",
        "peer": f"{ideal:.0f}",
        "ratio": f"{rate / ideal:.2f}",
        "goal": ">= 150",
    }


def behind_a_flood(pipeline: Pipeline, kind: str) -> tuple[float, int]:
    """Let one organization have thousands of jobs; return how long another one's wait, and how many were left."""
    start(pipeline)
    pipeline.produce("flood", kind, str(FLOOD), str(FLOOD_MILLISECONDS))
    pipeline.wait(lambda: pipeline.states(kind).get("done", 0) > STEADY, 60, "a steady flow")
    pipeline.produce("singles", "pipeline.wait", str(SINGLES), "0.02")
    left = pipeline.one("SELECT count(*) FROM jobs_job WHERE state = 'waiting'")
    waited = statistics.median(row[0] for row in pipeline.all(_WAITED))
    pipeline.kill("worker")
    pipeline.kill("dispatcher")
    return waited, left
