"""Kinds of jobs about gigs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind


@dataclass(frozen=True)
class RemindOfGigs:
    """`due_at`: the scheduled moment, ISO 8601. "Tomorrow" is relative to it, however late the job runs."""

    due_at: str


REMIND_OF_GIGS = Kind(
    "gigs.remind", RemindOfGigs, title=_("Send reminders of tomorrow's gigs"), visible_to="gigs.view_gig"
)
