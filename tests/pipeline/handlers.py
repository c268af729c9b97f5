"""Handlers that leave traces in PostgreSQL: every start, every effect once by key, every overlap."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from django.db import connection

from bandstand_worker.registry import handles
from bandstand_worker.run import Run
from tests.pipeline.job_kinds import (
    BULK_WAIT,
    EFFECT,
    EMPTY,
    GATED,
    POISON,
    SLOW,
    STEPS,
    STUBBORN,
    WAIT,
    Effect,
    Nothing,
)

_START = "INSERT INTO public.pipeline_start VALUES (%s, %s, clock_timestamp())"
_EFFECT = "INSERT INTO public.pipeline_effect VALUES (%s, clock_timestamp()) ON CONFLICT (key) DO NOTHING"


@handles(EMPTY)
def empty(_payload: Nothing, _run: Run) -> None:
    """Do nothing."""


@handles(EFFECT)
def effect(payload: Effect, run: Run) -> None:
    """Hold a lock that no second run of the same job can get, wait, write the effect once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(77, %s)", [run.job_id])
        (alone,) = cursor.fetchone()
        cursor.execute(_START, [run.job_id, os.getpid()])
        if not alone:
            cursor.execute("INSERT INTO public.pipeline_overlap VALUES (%s)", [run.job_id])
        time.sleep(payload.milliseconds / 1000)
        cursor.execute(_EFFECT, [payload.key])
        cursor.execute("SELECT pg_advisory_unlock(77, %s)", [run.job_id])


handles(SLOW)(effect)


@handles(WAIT)
def wait(payload: Effect, _run: Run) -> None:
    """Take as long as told, and nothing else."""
    time.sleep(payload.milliseconds / 1000)


handles(BULK_WAIT)(wait)


@handles(STEPS)
def steps(payload: Effect, run: Run) -> None:
    """Take a step every 10 ms until stopped or done."""
    total = payload.milliseconds // 10
    for step in range(total):
        run.progress(step, total, f"step {step}")
        time.sleep(0.01)
    effect(Effect(payload.key, 0), run)


@handles(GATED)
def gated(payload: Effect, run: Run) -> None:
    """Wait while somebody keeps the gate shut, which is a lock."""
    with connection.cursor() as cursor:
        is_open = False
        while not is_open:
            time.sleep(0.02)
            cursor.execute("SELECT pg_try_advisory_xact_lock_shared(78)")
            (is_open,) = cursor.fetchone()
    effect(payload, run)


@handles(POISON)
def poison(_payload: Nothing, run: Run) -> None:
    """Kill the process."""
    with connection.cursor() as cursor:
        cursor.execute(_START, [run.job_id, os.getpid()])
    os.kill(os.getpid(), signal.SIGKILL)


@handles(STUBBORN)
def stubborn(_payload: Nothing, _run: Run) -> None:
    """Ignore the time limit."""
    while True:
        with suppress(BaseException):
            time.sleep(60)
