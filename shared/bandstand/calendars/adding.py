"""The life of a calendar: added, read by a job, previewed, taken in as somebody chose, read again, paused, removed."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.calendars.bounds import MAX_BYTES
from bandstand.calendars.fetching import read_address
from bandstand.calendars.job_kinds import READ_CALENDAR, ReadCalendar
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.scheduling import followed_read
from bandstand.calendars.taking import file_forget, preview_withdraw
from bandstand.content.plain_text import one_line
from bandstand.gigs.models import Gig
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.media.waiting_files import file_stored, size_check
from bandstand.organizations.current import current_organization
from bandstand.organizations.storage_use import bytes_check

MOST_FOLLOWED = 50  # per portal, each read some four times a day
UNANSWERED_KEPT = timedelta(days=7)  # as imports that nobody confirmed
_NAME_CHARACTERS = 120
LOOKED_AT = 64 * 1024


def validate_calendar(file: File[Any]) -> None:
    """Raise ValidationError, with a message for the uploader, if `file` is too large, there is no room for it, or it
    clearly isn't a calendar, nor a file for Bandsintown or Songkick.

    Checks only the size and the first bytes: calendars are opened in the worker and nowhere else.
    """
    size_check(file, MAX_BYTES)
    file.seek(0)
    head = file.read(LOOKED_AT)
    file.seek(0)
    if not is_calendar(head) and not _may_be_of_an_outlet(head):
        raise ValidationError(
            gettext_lazy(
                "This isn't a calendar. Choose an iCalendar file, whose name ends in “.ics”, or a file in "
                "Bandsintown's or Songkick's template."
            ),
            code="type",
        )
    bytes_check(file.size)


def is_calendar(head: bytes) -> bool:
    """Whether a file with these first bytes is an iCalendar file, whatever the encoding."""
    text = head.replace(b"\0", b"").upper()
    return b"BEGIN:VCALENDAR" in text or b"BEGIN:VEVENT" in text


def _may_be_of_an_outlet(head: bytes) -> bool:
    """Whether it is a workbook, or a text that has the columns that both templates require."""
    text = head.replace(b"\0", b"").upper()
    return head.startswith(b"PK") or all(word in text for word in (b"VENUE", b"CITY", b"COUNTRY"))


def room_check_followed() -> None:
    """Raise ValidationError if the portal follows as many calendars as it may."""
    if CalendarSource.objects.exclude(host="").count() >= MOST_FOLLOWED:
        raise ValidationError(
            gettext_lazy("Your portal follows %(most)s calendars already. Remove one first."),
            code="most",
            params={"most": MOST_FOLLOWED},
        )


def source_add(
    *, by: User, band: Band | None, file: File[Any] | None = None, address: str = "", **options: Any
) -> CalendarSource:
    """Return a new calendar, from a file or an address, which a job will read.

    `options` are the fields venue, town, publishes and shows_notes. Raises ValidationError if it is refused at once.
    """
    values = {"responsible": by, "band": band, "language": get_language() or "", **options}
    if file is None:
        room_check_followed()
        link = read_address(address)
        values |= {"name": link.host[-_NAME_CHARACTERS:], "host": link.host, "link": link.url}
        return _begun(CalendarSource(**values), by)
    validate_calendar(file)
    with file_stored(file) as path:
        return _begun(CalendarSource(name=plain_name(file.name), path=path, **values), by)


def source_add_of_partner(*, number: int, name: str, host: str, by: User) -> CalendarSource:
    """Return the calendar of gigs that another portal sends by an agreement, which a job will read."""
    source = CalendarSource(
        partner=number,
        name=name[-_NAME_CHARACTERS:],
        host=host,
        responsible=by,
        language=current_organization().language,
        shows_notes=True,
    )
    return _begun(source, by)


def source_replace(*, number: int, file: File[Any], by: User) -> None:
    """Let a job read a newer file of the same calendar.

    Raises ValidationError if it is refused at once, or while another job reads the calendar.
    """
    validate_calendar(file)
    with file_stored(file) as path, transaction.atomic():
        source = _locked(number)
        _begin_anew(source)
        source.path = path
        _enqueue(source, by)


def source_read_again(*, number: int, by: User) -> None:
    """Let a job read the calendar's address now and show what is new. Raises ValidationError while another job does."""
    with transaction.atomic():
        source = _locked(number)
        _begin_anew(source)
        _enqueue(source, by)


def source_choose(
    *, number: int, previewed_at: datetime, taken: Collection[str], theirs: Collection[str], by: User
) -> bool:
    """Let a job take in the events with these UIDs; return False if something else is shown by now.

    Of the UIDs in `theirs` the calendar's values win over what was changed here.
    """
    with transaction.atomic():
        source = _locked(number)
        if source.choice is not None or source.previewed_at != previewed_at:
            return False
        source.choice = {"taken": sorted({*taken, *theirs}), "theirs": sorted(theirs)}
        _enqueue(source, by)
        return True


def source_pause(*, number: int) -> None:
    """Read the calendar no more by itself."""
    with transaction.atomic():
        source = _locked(number)
        if source.state == CalendarSource.State.FOLLOWED:
            source.state, source.next_read_at = CalendarSource.State.PAUSED, None
            source.save(update_fields=["state", "next_read_at"])


def source_resume(*, number: int, by: User) -> None:
    """Read the calendar by itself again, on behalf of `by`, from now on."""
    with transaction.atomic():
        source = _locked(number)
        if source.state in {CalendarSource.State.PAUSED, CalendarSource.State.OFF} and source.has_address:
            source.state, source.responsible = CalendarSource.State.FOLLOWED, by
            followed_read(source)
            source.save()


def source_remove(*, number: int) -> None:
    """Delete the calendar. Its gigs stay, and are like any others from then on."""
    with transaction.atomic():
        source = _locked(number)
        file_forget(source)
        source.delete()


def forget_unanswered() -> int:
    """Forget what nobody answered for 7 days, with its file, and return how many.

    A file of which nothing was ever taken in is forgotten as a whole.
    """
    waiting = CalendarSource.objects.waiting_for_a_person().select_for_update(of=("self",), skip_locked=True)
    with transaction.atomic():
        old = list(waiting.filter(previewed_at__lt=timezone.now() - UNANSWERED_KEPT))
        for source in old:
            preview_withdraw(source)
            if source.has_address or source.read_at is not None or Gig.objects.filter(source=source).exists():
                source.save(update_fields=["preview", "previewed_at", "path"])
            else:
                source.delete()
    return len(old)


def plain_name(name: str | None) -> str:
    """Return a file's name for display, without folders, ending and marks."""
    shown = re.sub(
        r"\.(?:ics|ical|ifb|icalendar|csv|xlsx)$", "", re.split(r"[/\\]", name or "")[-1], flags=re.IGNORECASE
    )
    return one_line(re.sub(r"[^\w .()+-]", "", shown))[:_NAME_CHARACTERS] or _("Calendar")


def _locked(number: int) -> CalendarSource:
    return CalendarSource.objects.select_for_update(of=("self",)).get(pk=number)


def _begin_anew(source: CalendarSource) -> None:
    """Forget what was shown and chosen. Raises ValidationError if a job is at it."""
    jobs = Job.objects.filter(organization=current_organization(), pk__in=[source.job_id or 0])
    if jobs.unfinished().exists():
        raise ValidationError(_("This calendar is being read right now. Please wait a moment."), code="busy")
    source.preview = source.previewed_at = source.choice = None
    file_forget(source)


def _begun(source: CalendarSource, by: User) -> CalendarSource:
    with transaction.atomic():
        source.save()
        _enqueue(source, by)
        return source


def _enqueue(source: CalendarSource, by: User) -> None:
    job = enqueue(READ_CALENDAR, ReadCalendar(source.pk), organization=current_organization(), created_by=str(by))
    source.job_id, source.responsible = job.pk, by
    source.save()
