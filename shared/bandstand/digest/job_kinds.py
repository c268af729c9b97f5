"""Kinds of jobs about the digest."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue


@dataclass(frozen=True)
class SendDigest:
    """`due_at`: the scheduled moment, ISO 8601. The digest covers the day before it, however late the job runs."""

    due_at: str


SEND_DIGEST = Kind(
    "digest.send", SendDigest, title=_("Send the daily digest"), queue=Queue.BULK, visible_to="enquiries.view_enquiry"
)
