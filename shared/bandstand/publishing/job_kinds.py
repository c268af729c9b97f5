"""Kinds of jobs about publishing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind


@dataclass(frozen=True)
class PublishDue:
    """No parameters: the rows know their moments, so a job of a moment that was given up does nothing."""


PUBLISH_DUE = Kind(
    "publishing.publish_due",
    PublishDue,
    title=_("Publish what is scheduled"),
    time_limit=timedelta(minutes=5),
    brief=True,
)
