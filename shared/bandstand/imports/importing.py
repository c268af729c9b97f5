"""The life cycle of an import: uploaded, read by a job, previewed to a person, then confirmed or discarded."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.accounts.private_fields import hidden_fields
from bandstand.content.declaring import Declarations, configs
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, ImportSpreadsheet
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.waiting_files import delete_on_commit, file_stored, size_check
from bandstand.organizations.current import current_organization
from bandstand.organizations.storage_use import bytes_check
from bandstand.outgoing.fetching import Step, fetch
from bandstand.outgoing.links import LinkError, read_link
from bandstand.outgoing.policy import Policy, openings_of
from bandstand.portals.presenting import further_languages
from bandstand.spreadsheets.bounds import MAX_BYTES
from bandstand.spreadsheets.columns import IGNORED, Column
from bandstand.spreadsheets.formats import SNIFFED_BYTES, refusal_of
from bandstand.spreadsheets.importing import Importer
from bandstand.spreadsheets.tables import SpreadsheetError

KEPT = timedelta(days=90)
UNCONFIRMED_KEPT = timedelta(days=7)
_NAME_LENGTH = 100


def subjects() -> list[Declarations]:
    """Return what can be imported: apps, by label."""
    return [config for config in configs() if config.importer]


@functools.cache
def importer_of(subject: str) -> type[Importer[Any]]:
    """Return the importer of an app's rows. Raises LookupError if there is none."""
    importers = {each.label: each.importer for each in subjects()}
    found: type[Importer[Any]] = import_string(importers[subject])
    return found


def every_column_of(importer: type[Importer[Any]]) -> tuple[Column, ...]:
    """Return the columns of an import, with texts in the portal's further languages."""
    return importer.columns_with(further_languages(current_organization()))


def columns_for(subject: str, user: User | None) -> tuple[Column, ...]:
    """Return the columns of an app's rows that the user may import: private ones need the right to them."""
    importer = importer_of(subject)
    hidden = hidden_fields(user, importer.model)
    return tuple(each for each in every_column_of(importer) if importer.fields.get(each.name, each.name) not in hidden)


def may_see_import(user: User, of: SpreadsheetImport) -> bool:
    """Whether the user may see what is in an import: of private fields only what they handed in themselves."""
    return of.uploaded_by_id == user.pk or not hidden_fields(user, importer_of(of.subject).model)


def validate_spreadsheet(file: File[Any]) -> None:
    """Raise ValidationError, with a message for the uploader, if `file` is too large, there is no room for it, or it
    clearly isn't a spreadsheet.

    Checks only the size and the first bytes: spreadsheets are opened in the worker and nowhere else.
    """
    size_check(file, MAX_BYTES)
    file.seek(0)
    sentence = refusal_of(file.read(SNIFFED_BYTES))
    file.seek(0)
    if sentence:
        raise ValidationError(sentence, code="type")
    bytes_check(file.size)


def link_policy() -> Policy:
    """Return the limits for fetching a team's link."""
    return Policy(most_bytes=MAX_BYTES, openings=openings_of(settings.OUTGOING_ALLOWED))


def validate_link(link: str) -> None:
    """Raise ValidationError, with a message for the user, if `link` must never be fetched. Doesn't query the DNS."""
    try:
        read_link(link, link_policy())
    except LinkError as problem:
        raise ValidationError(str(problem), code="link") from None


def import_begin(*, subject: str, file: File[Any], uploaded_by: User) -> SpreadsheetImport:
    """Return a new import, which a job will read. Raises ValidationError if `file` is refused at once."""
    validate_spreadsheet(file)
    with file_stored(file) as path:
        return _begin(subject=subject, file_name=_plain_name(file.name), path=path, uploaded_by=uploaded_by)


def import_begin_linked(*, subject: str, link: str, uploaded_by: User) -> SpreadsheetImport:
    """Return a new import, which a job will fetch from `link`. Raises ValidationError if that must never be fetched."""
    validate_link(link)
    read = read_link(link, link_policy())
    return _begin(subject=subject, file_name=read.host[-_NAME_LENGTH:], link=read.url, uploaded_by=uploaded_by)


def import_choose_columns(*, number: int, chosen: Mapping[str, str], by: User) -> bool:
    """Read the file again with these columns for its headings; return False if the import wasn't waiting any more."""
    with transaction.atomic():
        waiting = _waiting_for_a_person(number)
        if waiting is None:
            return False
        known = {column.name for column in every_column_of(importer_of(waiting.subject))} | {IGNORED}
        columns = {heading: name for heading, name in chosen.items() if name in known}
        waiting.decisions = {**(waiting.decisions or {}), "columns": columns}
        waiting.previewed_at = waiting.preview = None
        _enqueue(waiting, by)
        return True


def import_confirm(*, number: int, answers: Mapping[str, str], by: User) -> bool:
    """Enqueue a job that stores the previewed rows; return False if the import wasn't waiting any more.

    `answers` resolve ambiguous rows by row number: NEW, or the id of the existing row.
    """
    with transaction.atomic():
        waiting = _waiting_for_a_person(number)
        if waiting is None:
            return False
        waiting.decisions = {**(waiting.decisions or {}), "answers": dict(answers)}
        waiting.confirmed_at = timezone.now()
        _enqueue(waiting, by)
        return True


def import_discard(*, number: int) -> bool:
    """Delete an import that was read but not confirmed; return whether there was one."""
    with transaction.atomic():
        waiting = _waiting_for_a_person(number)
        if waiting is None:
            return False
        delete_on_commit(waiting.path)
        waiting.delete()
        return True


def import_to_read(number: int) -> SpreadsheetImport | None:
    """Return an import that is still to be read or stored, with its link; None if nothing is left to do."""
    imports = SpreadsheetImport.objects.filter(pk=number, finished_at=None).defer(None)
    return imports.exclude(previewed_at__isnull=False, confirmed_at=None).first()


def fetch_linked(link: str, *, step: Step) -> bytes:
    """Return the file at a link. `step` is called with the number of bytes received.

    Raises LinkError, FetchError, and SpreadsheetError if the file clearly isn't a spreadsheet.
    """
    fetched = fetch(link, policy=link_policy(), step=step)
    if fetched.is_web_page:
        raise SpreadsheetError(
            _(
                "This link opens a web page, not a spreadsheet. Use the link that downloads the file. In Google "
                "Sheets, go to File, Share, Publish to web, and choose comma-separated values."
            )
        )
    if sentence := refusal_of(fetched.content[:SNIFFED_BYTES]):
        raise SpreadsheetError(sentence)
    return fetched.content


def forget_old_imports() -> int:
    """Delete imports and their files after 90 days, unconfirmed ones after 7; return how many."""
    now = timezone.now()
    old = SpreadsheetImport.objects.filter(created_at__lt=now - KEPT) | SpreadsheetImport.objects.filter(
        created_at__lt=now - UNCONFIRMED_KEPT, confirmed_at=None, finished_at=None
    )
    forgotten = list(old)
    for each in forgotten:
        each.delete()
        delete_on_commit(each.path)
    return len(forgotten)


def _waiting_for_a_person(number: int) -> SpreadsheetImport | None:
    imports = SpreadsheetImport.objects.select_for_update(of=("self",))
    return imports.filter(pk=number, previewed_at__isnull=False, confirmed_at=None, finished_at=None).first()


def _begin(*, subject: str, uploaded_by: User, **values: str) -> SpreadsheetImport:
    forget_old_imports()
    with transaction.atomic():
        begun = SpreadsheetImport.objects.create(
            subject=subject, uploaded_by=uploaded_by, language=get_language() or "", **values
        )
        _enqueue(begun, uploaded_by)
        return begun


def _enqueue(waiting: SpreadsheetImport, by: User) -> None:
    job = enqueue(
        IMPORT_SPREADSHEET,
        ImportSpreadsheet(waiting.pk),
        organization=current_organization(),
        created_by=str(by),
    )
    waiting.job_id = job.pk
    waiting.save()


def _plain_name(name: str | None) -> str:
    """Return a file's name for display, without folders and invisible characters."""
    shown = re.sub(r"[^\w .()+-]", "", re.split(r"[/\\]", name or "")[-1]).strip()
    return shown[-_NAME_LENGTH:] or _("an unnamed file")
