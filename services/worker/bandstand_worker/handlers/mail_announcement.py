"""Writes the emails of an announcement, a batch of owners at a time."""

from __future__ import annotations

from bandstand.announcements.announcing import mails_write
from bandstand.announcements.job_kinds import MAIL_ANNOUNCEMENT, MailAnnouncement
from bandstand.announcements.models import Announcement
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(MAIL_ANNOUNCEMENT)
def mail_announcement(payload: MailAnnouncement, _run: Run) -> dict[str, int]:
    announcement = Announcement.objects.filter(pk=payload.announcement_id).first()
    return {"mails": mails_write(announcement=announcement, after=payload.after) if announcement else 0}
