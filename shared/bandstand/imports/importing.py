"""Taking a spreadsheet in, reading it later in the worker, and writing down which rows were refused and why.

An import is one transaction: it is there wholly, without the rows that were refused, or (cancelled, failed, killed)
not at all. So a job that is run again neither doubles nor loses a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import tablib
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.results import RowResult

from bandstand.accounts.models import User
from bandstand.bands.spreadsheet import BandResource
from bandstand.gigs.spreadsheet import GigResource
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET, ImportSpreadsheet
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.storage import new_spreadsheet_path
from bandstand.organizations.current import current_organization
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import counted_at_end
from bandstand.organizations.storage_use import bytes_check
from bandstand.outgoing.fetching import Fetched, Step, fetch
from bandstand.outgoing.links import LinkError, read_link
from bandstand.outgoing.policy import Policy, openings_of
from bandstand.spreadsheets.formats import CSV, MAX_BYTES, XLSX, SpreadsheetError, is_xlsx
from bandstand.spreadsheets.resources import PortalResource

KEPT = timedelta(days=90)
PROBLEM_COLUMN = "problem"  # stands last in the file of refused rows; passed over when that file comes back
_NAME_LENGTH = 100

Report = Callable[[int, int], None]
RESOURCES: dict[str, type[PortalResource]] = {
    SpreadsheetImport.Subject.BANDS: BandResource,
    SpreadsheetImport.Subject.GIGS: GigResource,
}


def validate_spreadsheet(file: File[Any]) -> None:
    """Raise ValidationError, with a sentence for the uploader, where `file` is too large or has no room.

    It isn't opened here.
    """
    if file.size > MAX_BYTES:
        raise ValidationError(
            gettext_lazy("This file has %(size)s. Please choose one of up to %(limit)s."),
            code="size",
            params={"size": filesizeformat(file.size), "limit": filesizeformat(MAX_BYTES)},
        )
    bytes_check(file.size)


def link_policy() -> Policy:
    """Return the bounds of fetching what a team's link leads to."""
    return Policy(most_bytes=MAX_BYTES, openings=openings_of(settings.OUTGOING_ALLOWED))


def validate_link(link: str) -> None:
    """Raise ValidationError, with a sentence for whoever typed it, where `link` is never asked. Looks nothing up."""
    try:
        read_link(link, link_policy())
    except LinkError as problem:
        raise ValidationError(str(problem), code="link") from None


def import_begin(*, subject: str, file: File[Any], uploaded_by: User) -> SpreadsheetImport:
    """Return a new import whose rows a job takes in. Raises ValidationError where `file` is too large."""
    validate_spreadsheet(file)
    path = default_storage.save(new_spreadsheet_path(), file)
    try:
        return _begin(subject=subject, file_name=_plain_name(file.name), path=path, uploaded_by=uploaded_by)
    except BaseException:
        default_storage.delete(path)  # no row tells of it, nobody else would
        raise


def import_begin_linked(*, subject: str, link: str, uploaded_by: User) -> SpreadsheetImport:
    """Return a new import whose rows a job fetches from `link`. Raises ValidationError where it is never asked."""
    validate_link(link)
    read = read_link(link, link_policy())
    return _begin(subject=subject, file_name=read.host[-_NAME_LENGTH:], link=read.url, uploaded_by=uploaded_by)


def fetch_linked(*, number: int, step: Step) -> bytes | None:
    """Return the file that this import's link leads to; None where it has none or was carried out before.

    `step` is told the bytes that are there. Raises LinkError, FetchError, and SpreadsheetError for a web page.
    """
    link = SpreadsheetImport.objects.filter(pk=number, finished_at=None).values_list("link", flat=True).first()
    if not link:
        return None
    fetched = fetch(link, policy=link_policy(), step=step)
    if _is_web_page(fetched):
        raise SpreadsheetError(
            _(
                "This address shows a web page, not a spreadsheet. Please use the link that downloads the file; in"
                " Google Sheets it is under File, Share, Publish to web, as comma-separated values."
            )
        )
    return fetched.content


def import_rows(*, number: int, report: Report, content: bytes | None = None) -> SpreadsheetImport | None:
    """Take in the rows of this import and return it with what became of them; None where it is gone.

    `content` is what was fetched for an import by link. `report` is told the rows done and the rows in all; what it
    raises takes everything back. An import that was carried out before is left alone. Raises SpreadsheetError where
    the file as a whole can't be read.
    """
    with transaction.atomic():
        waiting = SpreadsheetImport.objects.select_for_update().filter(pk=number).first()
        if waiting is None or waiting.finished_at is not None:
            return waiting
        dataset = _read(_stored(waiting.path) if content is None else content)
        resource = RESOURCES[waiting.subject]()
        resource.before_import(dataset)
        with counted_at_end(Limit.BANDS):  # nobody who adds a band waits for the whole file
            _take_in(waiting, resource, dataset, report)
        waiting.finished_at = timezone.now()
        waiting.link = ""
        waiting.save()
        _delete_on_commit(waiting.path)
    return waiting


def forget_old_imports() -> int:
    """Delete imports, and files that nobody came to read, after 90 days; return how many."""
    old = list(SpreadsheetImport.objects.filter(created_at__lt=timezone.now() - KEPT))
    for forgotten in old:
        forgotten.delete()
        _delete_on_commit(forgotten.path)
    return len(old)


def refused_rows(of: SpreadsheetImport) -> tablib.Dataset:
    """Return the rows that were refused, with what is wrong in a last column: to be mended and handed in again."""
    dataset = tablib.Dataset(headers=[*of.columns, PROBLEM_COLUMN])
    for refusal in of.refusals:
        dataset.append([*refusal["cells"], " ".join(refusal["problems"])])
    return dataset


def _begin(*, subject: str, uploaded_by: User, **values: str) -> SpreadsheetImport:
    forget_old_imports()
    with transaction.atomic():
        begun = SpreadsheetImport.objects.create(subject=subject, uploaded_by=uploaded_by, **values)
        job = enqueue(
            IMPORT_SPREADSHEET,
            ImportSpreadsheet(begun.pk),
            organization=current_organization(),
            created_by=str(uploaded_by),
        )
        begun.job_id = job.pk
        begun.save(update_fields=["job_id"])
        return begun


def _delete_on_commit(path: str) -> None:
    if path:
        transaction.on_commit(lambda: default_storage.delete(path))


def _is_web_page(fetched: Fetched) -> bool:
    head = fetched.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return fetched.content_type.lower().startswith("text/html") or head.startswith((b"<!doctype html", b"<html"))


def _stored(path: str) -> bytes:
    if not path:
        raise FileNotFoundError("An import by link was carried out without what stands there.")
    with default_storage.open(path) as file:
        return bytes(file.read())


def _read(content: bytes) -> tablib.Dataset:
    kind = XLSX if is_xlsx(content[:8]) else CSV
    dataset = kind().create_dataset(content)
    if PROBLEM_COLUMN in dataset.headers:
        del dataset[PROBLEM_COLUMN]
    return dataset


def _take_in(into: SpreadsheetImport, resource: PortalResource, dataset: tablib.Dataset, report: Report) -> None:
    loader = resource._meta.instance_loader_class(resource, dataset)  # noqa: SLF001 - import-export documents it
    into.columns = list(dataset.headers)
    refusals = []
    report(0, len(dataset))
    for number, row in enumerate(dataset.dict, start=1):
        with transaction.atomic():
            result = resource.import_row(row, loader, row_number=number)
            problems = _problems(resource, result)
            if problems:
                transaction.set_rollback(True)
        if problems:
            refusals.append({"row": number + 1, "cells": [row[name] for name in into.columns], "problems": problems})
        elif result.import_type == RowResult.IMPORT_TYPE_NEW:
            into.added += 1
        elif result.import_type == RowResult.IMPORT_TYPE_UPDATE:
            into.changed += 1
        else:
            into.unchanged += 1
        report(number, len(dataset))
    into.refusals = refusals


def _problems(resource: PortalResource, result: RowResult) -> list[str]:
    """Return what is wrong with a row, in words; empty where it was taken. Raises what isn't the row's fault."""
    for unexpected in result.errors:
        raise unexpected.error
    invalid = result.validation_error
    if invalid is None:
        return []
    if not hasattr(invalid, "error_dict"):
        return list(invalid.messages)
    labels = _labels(resource)
    return [
        text if name == NON_FIELD_ERRORS else f"{labels.get(name, name)}: {text}"
        for name, texts in invalid.message_dict.items()
        for text in texts
    ]


def _labels(resource: PortalResource) -> dict[str, str]:
    return {field.attribute: field.column_name for field in resource.get_import_fields() if field.attribute}


def _plain_name(name: str | None) -> str:
    """Return a file's name as it may be shown: without its folders and without what can't be seen."""
    shown = re.sub(r"[^\w .()+-]", "", re.split(r"[/\\]", name or "")[-1]).strip()
    return shown[-_NAME_LENGTH:] or _("a file without a name")
