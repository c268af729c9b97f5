"""Takes events of a calendar in as gigs: those that a person chose, or, of a followed calendar, what is new.

Each reading is one transaction: whatever stops it, nothing is half done, and a job that runs again does nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.calendars.comparing import (
    Comparison,
    counts_of,
    events_compare,
    is_gone_for_good,
    is_wanted,
    preview_of,
)
from bandstand.calendars.events import CalendarContent, CalendarError
from bandstand.calendars.importing import EventImporter
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.rows import UID
from bandstand.calendars.scheduling import followed_read
from bandstand.content.of_bands import may_with_all, rows_for
from bandstand.content.search_entries import entries_refreshed_at_end
from bandstand.gigs.models import Gig
from bandstand.media.storage import new_spreadsheet_path
from bandstand.media.waiting_files import delete_on_commit
from bandstand.outgoing.fetching import Seen
from bandstand.spreadsheets.importing import Action, RowPlan


def calendar_preview(*, number: int, calendar: CalendarContent, fetched: bytes | None = None) -> None:
    """Write down what taking the calendar in would do, for a person to choose.

    `fetched`, the file behind an address, is kept, so that what is chosen is what was shown.
    """
    source = CalendarSource.objects.get(pk=number)
    comparison = events_compare(source=source, calendar=calendar, person=responsible_for(source))
    preview = preview_of(comparison, calendar, source)
    path = default_storage.save(new_spreadsheet_path(), ContentFile(fetched)) if fetched is not None else ""
    with transaction.atomic():
        waiting = CalendarSource.objects.select_for_update(of=("self",)).filter(pk=number, choice__isnull=True).first()
        if waiting is None:
            if path:
                default_storage.delete(path)
            return
        waiting.preview, waiting.previewed_at = preview, timezone.now()
        if path:
            file_forget(waiting)
            waiting.path = path
        if calendar.name:
            waiting.name = calendar.name
        waiting.problem = ""
        waiting.save()


def calendar_take(*, number: int, calendar: CalendarContent) -> None:
    """Take in the events that a person chose. Idempotent: what is taken in is done with."""
    with transaction.atomic():
        source = CalendarSource.objects.select_for_update(of=("self",)).filter(pk=number).first()
        if source is None or source.choice is None:
            return
        chosen, theirs = set(source.choice["taken"]), set(source.choice["theirs"])
        comparison = events_compare(
            source=source, calendar=calendar, person=responsible_for(source), theirs=theirs, for_writing=True
        )
        new = {plan.related[UID] for plan in comparison.planned(Action.ADD)}
        source.skipped = sorted((set(source.skipped) | new) - chosen)
        counts = _take(comparison, source, chosen)
        _note_missing(source, calendar, comparison, chosen)
        source.outcome, source.read_at = counts, timezone.now()
        source.preview = source.previewed_at = source.choice = None
        file_forget(source)
        if source.has_address and source.state == CalendarSource.State.ONCE:
            source.state = CalendarSource.State.FOLLOWED
        followed_read(source)
        source.save()


def calendar_follow(*, number: int, calendar: CalendarContent | None, seen: Seen) -> dict[str, int]:
    """Take in what is new in a followed calendar, and return what was done. None: it is as it was.

    Gigs are taken back only if two whole answers in a row don't have them.
    """
    with transaction.atomic():
        source = CalendarSource.objects.followed().select_for_update(of=("self",)).filter(pk=number).first()
        if source is None:
            return {}
        counts: dict[str, int] = {}
        if calendar is not None:
            comparison = events_compare(
                source=source, calendar=calendar, person=responsible_for(source), for_writing=True
            )
            wanted = {plan.related[UID] for plan in comparison.plans if is_wanted(plan, source)}
            gone = {uid for uid, gig in comparison.gone if is_gone_for_good(uid, gig, source)}
            counts = _take(comparison, source, wanted | gone)
            _note_missing(source, calendar, comparison, gone)
            source.outcome = counts
            if any(counts[name] for name in ("added", "changed", "gone")):
                preview_withdraw(source)
        source.etag, source.last_modified = seen.etag, seen.last_modified
        source.read_at = timezone.now()
        followed_read(source)
        source.save()
        return counts


def _note_missing(
    source: CalendarSource, calendar: CalendarContent, comparison: Comparison, taken_back: set[str]
) -> None:
    """Remember what a whole answer didn't have. The caller saves."""
    if calendar.is_complete:
        source.missing = sorted(uid for uid, _gig in comparison.gone if uid not in taken_back)


def preview_withdraw(source: CalendarSource) -> None:
    """Forget what was shown, as it isn't true any more. The caller saves."""
    if source.choice is None:
        source.preview = source.previewed_at = None
        file_forget(source)


def file_forget(source: CalendarSource) -> None:
    """Delete the file that was previewed when the transaction commits. The caller saves."""
    delete_on_commit(source.path)
    source.path = ""


def responsible_for(source: CalendarSource) -> User:
    """Return whose rights limit what the calendar changes. Raises CalendarError if nobody may any more."""
    person = source.responsible
    if person is None or not may_take(person, source):
        raise CalendarError(_("Whoever added this calendar may not change these gigs any more. Please add it again."))
    return person


def may_take(person: User, source: CalendarSource) -> bool:
    """Whether a person may add and change the gigs that this calendar brings."""
    if not person.is_active:
        return False
    if may_with_all(person, "add", Gig) and may_with_all(person, "change", Gig):
        return True
    rows = CalendarSource.objects.filter(pk=source.pk)
    return bool(source.band_id) and rows_for(person, "change", rows).exists()


def _take(comparison: Comparison, source: CalendarSource, chosen: set[str]) -> dict[str, int]:
    """Store the chosen events, take back the chosen gigs, and return what was done."""
    counts = counts_of(comparison)
    importer = comparison.importer
    plans = [plan for plan in comparison.planned(Action.ADD, Action.CHANGE) if plan.related[UID] in chosen]
    plans += [plan for plan in comparison.plans if importer.is_to_note(plan)]
    with entries_refreshed_at_end():
        _store(importer, plans)
    gone = [gig for uid, gig in comparison.gone if uid in chosen]
    for gig in gone:
        gig_take_back(gig)
    return {
        **counts,
        "added": sum(plan.action is Action.ADD for plan in plans),
        "changed": sum(plan.action is Action.CHANGE for plan in plans),
        "skipped": len(comparison.planned(Action.REFUSE)),
        "gone": len(gone),
    }


def gig_take_back(gig: Gig) -> None:
    """Let a gig that the calendar doesn't have any more go: visitors see that it is cancelled, a draft is deleted."""
    if gig.is_visible:
        gig.status = Gig.Status.CANCELLED
        gig.source_said = {**(gig.source_said or {}), "status": str(gig.status)}
        gig.save(update_fields=["status", "source_said", "updated_at"])
        return
    gig.source, gig.source_uid, gig.source_said = None, "", None  # it may come back as a new draft
    gig.save(update_fields=["source", "source_uid", "source_said"])
    gig.move_to_trash()


def _store(importer: EventImporter, plans: Sequence[RowPlan[Gig]]) -> None:
    """Write all plans; if the database refuses that, one by one, so that only the bad ones are left out."""
    if not plans or _written(importer, plans):
        return
    importer.prepare()  # others have written since
    for plan in plans:
        if not _written(importer, [plan]):
            plan.action = Action.REFUSE


def _written(importer: EventImporter, plans: Sequence[RowPlan[Gig]]) -> bool:
    try:
        with transaction.atomic():
            importer.write(plans)
    except (IntegrityError, DataError):
        return False
    return True
