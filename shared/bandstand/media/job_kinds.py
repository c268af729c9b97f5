"""Kinds of jobs about pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry


@dataclass(frozen=True)
class ProcessPicture:
    picture_id: int


PROCESS_PICTURE = Kind(
    "media.process_picture",
    ProcessPicture,
    title=_("Prepare a picture"),
    queue=Queue.INTERACTIVE,
    time_limit=timedelta(minutes=3),
    retry=Retry(attempts=4),
    visible_to="media.view_picture",
)
