"""Kinds of jobs whose effects can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bandstand.jobs.kinds import Kind, Queue, Retry


@dataclass(frozen=True)
class Nothing:
    """No payload."""


@dataclass(frozen=True)
class Effect:
    """`key` makes the effect idempotent; `milliseconds` is how long it takes."""

    key: str
    milliseconds: int


_SOON = Retry(attempts=10, first_delay=timedelta(milliseconds=200), longest_delay=timedelta(seconds=2))

EMPTY = Kind("pipeline.empty", Nothing, title="Nothing", brief=True)
EFFECT = Kind("pipeline.effect", Effect, title="Effect", retry=_SOON, brief=True)
WAIT = Kind("pipeline.wait", Effect, title="Wait", brief=True)
BULK_WAIT = Kind("pipeline.bulk_wait", Effect, title="Wait in bulk", brief=True, queue=Queue.BULK)
SLOW = Kind("pipeline.slow", Effect, title="Slow effect", retry=_SOON)
STEPS = Kind("pipeline.steps", Effect, title="Steps", retry=_SOON)
GATED = Kind("pipeline.gated", Effect, title="Gated effect", retry=_SOON, queue=Queue.INTERACTIVE)
POISON = Kind("pipeline.poison", Nothing, title="Poison", retry=_SOON)
STUBBORN = Kind("pipeline.stubborn", Nothing, title="Stubborn", retry=_SOON, time_limit=timedelta(seconds=1))
