"""Kinds of jobs about announcements."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Scope


@dataclass(frozen=True)
class MailAnnouncement:
    """`after` is the number of the last owner whose email is written."""

    announcement_id: int
    after: int = 0


MAIL_ANNOUNCEMENT = Kind(
    "announcements.mail",
    MailAnnouncement,
    title=_("Write an announcement's emails"),
    queue=Queue.BULK,
    scope=Scope.PLATFORM,
)
