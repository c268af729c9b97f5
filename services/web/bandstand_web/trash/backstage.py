"""The trash: what was deleted in the last weeks, of all kinds, to be brought back or deleted for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Value
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.accounts.models import User
from bandstand.content.of_bands import may_with_some
from bandstand.content.trashed import KEPT, Trashed, purge, rows_kept, trashed_models
from bandstand_web.query_values import page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, GUESTS_TOO, may, needs
from bandstand_web.shell.chosen_rows import chosen_rows
from bandstand_web.shell.way_back import page_before

PER_PAGE = 30


@dataclass(frozen=True)
class Listed:
    """A row of the trash, and what the user may do with it."""

    row: Trashed
    kind: str  # as URLs name it
    may_delete: bool

    @property
    def kind_name(self) -> str:
        """The kind for people."""
        return str(capfirst(self.row._meta.verbose_name or ""))  # noqa: SLF001


@require_safe
@needs(GUESTS_TOO)
def index(request: TeamRequest) -> HttpResponse:
    """List what is in the trash of the kinds that the user may change, latest first."""
    models = [model for model in trashed_models() if may_with_some(request.user, "change", model)]
    page: Any = page_of(request, _in_trash(request.user, models), PER_PAGE)
    page.object_list = _listed(request.user, list(page.object_list))
    return render(request, "trash/backstage/list.html", {"page": page, "days": KEPT.days})


@require_POST
@needs(GUESTS_TOO)
def bring_back(request: TeamRequest, kind: str) -> HttpResponse:
    """Bring back the rows `rows=`, and lead back to the page where that was asked."""
    model = _model_of(kind)
    if not may_with_some(request.user, "change", model):
        raise PermissionDenied
    rows = list(model.in_trash().editable_by(request.user).filter(pk__in=chosen_rows(*request.POST.getlist("rows"))))
    model.in_trash().filter(pk__in=[row.pk for row in rows]).bring_back()
    if len(rows) == 1:
        messages.success(request, _("%(name)s has been restored.") % {"name": rows[0]})
    elif rows:
        text = ngettext("%(count)d entry has been restored.", "%(count)d entries have been restored.", len(rows))
        messages.success(request, text % {"count": len(rows)})
    else:
        messages.warning(request, _("Nothing was restored: it is no longer in the trash."))
    return redirect(page_before(request) or "backstage:trash")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ANY_ROLE)
def delete(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """Ask, then delete a row of the trash for good; what would stay goes with it if that is ticked."""
    model = _model_of(kind)
    if not may(request.user, "delete", model):
        raise PermissionDenied
    row: Trashed = get_object_or_404(model.in_trash(), pk=pk)
    may_delete_kept = all(may(request.user, "delete", rows.model) for rows in rows_kept(row))
    if request.method == "POST":
        name = str(row)
        purge(row, with_kept=bool(request.POST.get("with_kept")) and may_delete_kept)
        messages.success(request, _("%(name)s has been deleted for good.") % {"name": name})
        return redirect("backstage:trash")
    context = {"row": row, "kept": _kept(row), "may_delete_kept": may_delete_kept}
    return render(request, "trash/backstage/delete.html", context)


def _model_of(kind: str) -> type[Trashed]:
    found = next((model for model in trashed_models() if model._meta.label_lower == kind), None)  # noqa: SLF001
    if found is None:
        raise Http404
    return found


def _in_trash(user: User, models: list[type[Trashed]]) -> QuerySet[Any]:
    """Return (kind, key, when) of all rows of these models that the user may change, latest first."""
    each = [
        model.in_trash().editable_by(user).order_by().values_list(Value(model._meta.label_lower), "pk", "trashed_at")  # noqa: SLF001
        for model in models or trashed_models()
    ]
    rows: QuerySet[Any] = reduce(lambda before, more: before.union(more, all=True), each)
    return rows.order_by("-trashed_at", "pk") if models else rows.none()


def _listed(user: User, found: list[tuple[str, int, datetime]]) -> list[Listed]:
    listed: dict[tuple[str, int], Listed] = {}
    for kind in sorted({kind for kind, _pk, _when in found}):
        model = _model_of(kind)
        may_delete = may(user, "delete", model)
        rows = model.in_trash().in_bulk([pk for each, pk, _when in found if each == kind])
        listed |= {(kind, pk): Listed(row, kind, may_delete) for pk, row in rows.items()}
    return [listed[kind, pk] for kind, pk, _when in found if (kind, pk) in listed]


def _kept(row: Trashed) -> list[tuple[int, str]]:
    """Return how many rows of which kinds stay when `row` is deleted."""
    counted = [(rows.count(), rows.model) for rows in rows_kept(row)]
    return [(count, _name_of(model, count)) for count, model in counted if count]


def _name_of(model: Any, count: int) -> str:
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)  # noqa: SLF001
