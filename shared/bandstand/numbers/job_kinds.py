"""Kinds of jobs about the statistics."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Scope


@dataclass(frozen=True)
class KeepNumbers:
    """What all portals' visitors were counted for."""


KEEP_NUMBERS = Kind(
    "numbers.keep",
    KeepNumbers,
    title=_("Add page views to the statistics"),
    queue=Queue.BULK,
    scope=Scope.PLATFORM,
)
