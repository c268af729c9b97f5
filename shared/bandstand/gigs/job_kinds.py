"""Kinds of jobs about gigs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue


@dataclass(frozen=True)
class RemindOfGigs:
    """`due_at`: the scheduled moment, ISO 8601. "Tomorrow" is relative to it, however late the job runs."""

    due_at: str


REMIND_OF_GIGS = Kind(
    "gigs.remind", RemindOfGigs, title=_("Send reminders of tomorrow's gigs"), visible_to="gigs.view_gig"
)


@dataclass(frozen=True)
class PrintGigs:
    """`what`: "poster", "day_sheet" or "season"; `gig_id`: of which, 0 for a season; `year`: of a season, 0 for what is
    to come. `user_id`: who asked, and alone gets the file; what they may see is asked when it is made.
    """

    what: str
    gig_id: int
    user_id: int
    design: str = ""
    size: str = "a4"
    file: str = "pdf"
    year: int = 0


PRINT_GIGS = Kind(
    "gigs.print",
    PrintGigs,
    title=_("Make a poster or a sheet"),
    queue=Queue.INTERACTIVE,
    visible_to="gigs.view_gig",
)
