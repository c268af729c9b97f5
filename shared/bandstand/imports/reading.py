"""Processes the rows of a spreadsheet: previews the changes, then stores them.

A confirmed import is stored in one transaction: completely, apart from the refused rows, or (if cancelled, failed or
killed) not at all. So a job that runs again neither duplicates nor loses a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from bandstand.content.search_entries import entries_refreshed_at_end
from bandstand.imports.importing import columns_for, every_column_of, importer_of
from bandstand.imports.job_kinds import FETCH_PHOTOS, FetchPhotos
from bandstand.imports.models import SpreadsheetImport
from bandstand.imports.photo_links import known_photos, photo_digest, photos_remember
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.storage import new_spreadsheet_path
from bandstand.media.waiting_files import delete_on_commit
from bandstand.organizations.current import current_organization
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import LimitReachedError, counted_at_end, room_check
from bandstand.publishing.scheduling import next_enqueue
from bandstand.spreadsheets.columns import IGNORED, match_columns
from bandstand.spreadsheets.importing import VALUE_SHOWN, Action, RowPlan
from bandstand.spreadsheets.tables import Cell, Row, Table, text_of

PROBLEM_COLUMN = "problem"  # the last column in the file of refused rows; ignored when that file is imported again
BATCH = 500  # rows planned and written together, in few statements
MOST_PHOTOS = 500  # per file
_ROWS_SHOWN = 25
_QUESTIONS = 100
_REFUSALS_KEPT, _REFUSALS_CHARACTERS = 2000, 2_000_000

Report = Callable[[int, int], None]


def rows_preview(*, number: int, table: Table, report: Report, fetched: bytes | None = None) -> None:
    """Record what storing this table would do, without changing anything else.

    `fetched`, the file behind a link, is kept, so that what is confirmed is what was previewed. An exception from
    `report` aborts the preview.
    """
    shown = SpreadsheetImport.objects.get(pk=number)
    reading = _Reading(shown, table)
    for plans in reading.batches(report):
        reading.count(plans)
    path = default_storage.save(new_spreadsheet_path(), ContentFile(fetched)) if fetched is not None else ""
    with transaction.atomic():
        waiting = SpreadsheetImport.objects.select_for_update().filter(pk=number, confirmed_at=None).first()
        if waiting is None:
            if path:
                default_storage.delete(path)
            return
        reading.write_down(waiting)
        waiting.previewed_at = timezone.now()
        if path:
            waiting.path, waiting.link = path, ""
        waiting.save()


def rows_store(*, number: int, table: Table, report: Report) -> None:
    """Store the rows of a confirmed import in one transaction. An exception from `report` rolls it back.

    Idempotent: an import that is already stored is skipped.
    """
    with transaction.atomic():
        waiting = SpreadsheetImport.objects.select_for_update().filter(pk=number, finished_at=None).first()
        if waiting is None or waiting.confirmed_at is None:
            return
        reading = _Reading(waiting, table, for_writing=True)
        photos: list[tuple[int, int, str]] = []
        with counted_at_end(Limit.BANDS):  # doesn't block others from adding bands
            for plans in reading.batches(report):
                reading.store(plans)
                reading.count(plans)
                photos += [
                    (plan.row.pk, plan.number, link)
                    for plan in plans
                    if plan.row is not None and plan.action in {Action.ADD, Action.CHANGE}
                    for link in plan.related.get("photos", [])
                ]
        next_enqueue()  # rows written together send no signal
        reading.write_down(waiting)
        waiting.finished_at = timezone.now()
        waiting.preview = None
        waiting.link = ""
        waiting.save()
        delete_on_commit(waiting.path)
        if photos_remember(waiting, photos):
            enqueue(
                FETCH_PHOTOS,
                FetchPhotos(waiting.pk),
                organization=current_organization(),
                created_by=str(waiting.uploaded_by or ""),
            )


def refused_rows(of: SpreadsheetImport) -> list[list[str]]:
    """Return the headings and the refused rows, with the problems in an additional last column."""
    rows = [[*refusal["cells"], " ".join(refusal["problems"])] for refusal in of.refusals]
    return [[*of.columns, PROBLEM_COLUMN], *rows]


class _Reading:
    """Runs one table through an importer and collects the results."""

    def __init__(self, of: SpreadsheetImport, table: Table, *, for_writing: bool = False) -> None:
        decisions = of.decisions or {}
        answers = {int(row): answer for row, answer in decisions.get("answers", {}).items()}
        self._table = table
        kind = importer_of(of.subject)
        ignored = dict.fromkeys([PROBLEM_COLUMN, *kind.told_only], IGNORED)
        chosen = {**ignored, **decisions.get("columns", {})}
        columns = columns_for(of.subject, of.uploaded_by)
        self._columns, self._unknown = match_columns(table.headings, columns, chosen)
        known, _unknown = match_columns(table.headings, every_column_of(kind), chosen)
        self._withheld = [each.label for each in known if each is not None and each not in columns]
        self._importer = kind(answers=answers, epoch=table.epoch, for_writing=for_writing)
        self._photos = known_photos() if any(each and each.name == "photos" for each in self._columns) else set()
        self._importer.is_known_photo = lambda band, link: (band, photo_digest(link)) in self._photos
        self._photos_left = MOST_PHOTOS
        self._counts = dict.fromkeys(Action, 0)
        self._shown: list[dict[str, Any]] = []
        self._questions: list[dict[str, Any]] = []
        self._refusals: list[dict[str, Any]] = []
        self._room = _REFUSALS_CHARACTERS
        self._limit_reached = ""  # the plan's message once its limit is reached

    def batches(self, report: Report) -> Iterator[list[RowPlan[Any]]]:
        """Yield the rows' plans in batches; none if no heading is known."""
        report(0, self._table.count)
        if not any(self._columns):
            return
        done = 0
        for rows in _in_batches(self._table.rows()):
            self._rows = {row.number: row for row in rows}
            plans = self._importer.plan((row.number, self._cells(row), row.flaws) for row in rows)
            for plan in plans:
                self._bound_photos(plan)
            yield plans
            done += len(rows)
            report(done, self._table.count)

    def store(self, plans: list[RowPlan[Any]]) -> None:
        """Write a batch; if the database refuses it, write row by row, so that only the bad rows are refused."""
        for plan in plans:
            if plan.action is Action.ASK:
                plan.action = Action.REFUSE
                choices = "; ".join(label for _key, label in plan.choices[:5])
                plan.problems = [str(self._importer.unanswered) % {"choices": choices}]
        due = [plan for plan in plans if plan.action in {Action.ADD, Action.CHANGE}]
        if not due or self._written(due) is None:
            return
        self._importer.prepare()  # reload, as others may have written since
        for plan in due:
            problem = self._limit_reached if plan.action is Action.ADD else ""
            if problem := problem or self._written([plan]) or "":
                plan.action, plan.problems = Action.REFUSE, [problem]

    def count(self, plans: list[RowPlan[Any]]) -> None:
        """Add a batch to the results."""
        for plan in plans:
            self._counts[plan.action] += 1
            if plan.action is Action.REFUSE:
                self._keep_refusal(plan)
            elif plan.action is Action.ASK and len(self._questions) < _QUESTIONS:
                self._questions.append({"row": plan.number, "label": plan.label, "choices": plan.choices[:20]})
            if len(self._shown) < _ROWS_SHOWN:
                self._shown.append(_shown(plan))

    def write_down(self, into: SpreadsheetImport) -> None:
        """Copy the results into the row of the import."""
        into.columns, into.refusals = self._table.headings, self._refusals
        into.added, into.changed = self._counts[Action.ADD], self._counts[Action.CHANGE]
        into.unchanged, into.refused = self._counts[Action.KEEP], self._counts[Action.REFUSE]
        notices = [*self._table.notices, *self._room_notice(), *self._withheld_notice()]
        into.preview = {
            "rows": self._shown,
            "count": self._table.count,
            "questions": self._questions,
            "asked": self._counts[Action.ASK],
            "notices": notices,
            "unknown": self._unknown,
            "columns": [
                {"heading": heading, "column": column.name if column else IGNORED}
                for heading, column in zip(self._table.headings, self._columns, strict=True)
                if heading
            ],
        }

    def _room_notice(self) -> list[str]:
        """Return the plan's message if there isn't room for all new rows."""
        limit = getattr(self._importer.model, "limited_by", None)
        try:
            if limit is not None and not self._importer.for_writing:
                room_check(limit, self._counts[Action.ADD])
        except LimitReachedError as problem:
            return list(problem.messages)
        return []

    def _withheld_notice(self) -> list[str]:
        if not self._withheld:
            return []
        names = ", ".join(map(str, self._withheld))
        return [_("Not imported, as only owners and managers may: %(columns)s.") % {"columns": names}]

    def _cells(self, row: Row) -> dict[str, Cell]:
        return {
            column.name: row.cells[place] if place < len(row.cells) else ""
            for place, column in enumerate(self._columns)
            if column is not None
        }

    def _bound_photos(self, plan: RowPlan[Any]) -> None:
        if plan.action in {Action.ADD, Action.CHANGE}:
            self._photos_left -= len(plan.related.get("photos", []))
        if self._photos_left < 0 and plan.related.get("photos"):
            plan.action = Action.REFUSE
            plan.problems.append(_("Please name at most %(most)s photos in one file.") % {"most": MOST_PHOTOS})

    def _written(self, plans: list[RowPlan[Any]]) -> str | None:
        try:
            with entries_refreshed_at_end():
                self._importer.write(plans)
        except LimitReachedError as problem:
            if len(plans) == 1:
                self._limit_reached = " ".join(problem.messages)
            return " ".join(problem.messages)
        except (IntegrityError, DataError) as problem:
            return _sentence_for(self._importer.model, problem)
        return None

    def _keep_refusal(self, plan: RowPlan[Any]) -> None:
        cells = [text_of(cell) for cell in self._rows[plan.number].cells]
        cells += [""] * (len(self._table.headings) - len(cells))
        self._room -= sum(map(len, cells))
        if len(self._refusals) < _REFUSALS_KEPT and self._room > 0:
            cells = cells[: len(self._table.headings)]
            self._refusals.append({"row": plan.number, "cells": cells, "problems": plan.problems[:20]})


def _in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting: list[Row] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == BATCH:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _shown(plan: RowPlan[Any]) -> dict[str, Any]:
    return {
        "row": plan.number,
        "action": plan.action.value,
        "label": plan.label[:VALUE_SHOWN],
        "changes": [each.as_json() for each in plan.changes if each.before or each.after],
        "problems": plan.problems[:20],
    }


def _sentence_for(model: type[Model], problem: Exception) -> str:
    """Return the error message of the constraint or unique field that the database reports."""
    meta = model._meta  # noqa: SLF001 - Django documents it
    for constraint in meta.constraints:
        if constraint.name in str(problem):
            return str(constraint.get_violation_error_message())
    for field in meta.fields:
        if field.unique and f"{meta.db_table}_{field.column}_" in str(problem):
            return str(field.error_messages["unique"])
    return _("This row doesn't fit what is stored by now. Please import it again.")
