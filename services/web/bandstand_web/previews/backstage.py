"""Publishing a row from its preview, and giving people without an account a link to it: the same for all kinds."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bandstand.content.of_bands import may_with_some, rows_for
from bandstand.content.previewing import preview_link_open, preview_link_revoke
from bandstand_web.forms.submitting import changes_once
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import GUESTS_TOO, needs
from bandstand_web.shell.previewing import is_published, kind_named
from bandstand_web.shell.row_pages import RowPage


@require_POST
@needs(GUESTS_TOO)
def publish(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """Show the row to visitors, and lead to its page; to its form where something is missing."""
    row = _row(request, kind, pk)
    try:
        row.validate_parts()
        if not is_published(row):
            row.publish()
            row.save_publication()
    except ValidationError as problem:
        for text in problem.messages:
            messages.error(request, text)
        return redirect(row.get_edit_url())
    messages.success(request, _("Published. Visitors can see this page now."))
    return redirect(row.get_absolute_url())


@require_POST
@needs(GUESTS_TOO)
@changes_once
def open_link(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """Give the row a new preview link; the one before leads nowhere any more."""
    row = _row(request, kind, pk)
    preview_link_open(row)
    return _answer(request, row)


@require_POST
@needs(GUESTS_TOO)
def revoke_link(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """End the row's preview link."""
    row = _row(request, kind, pk)
    preview_link_revoke(row)
    return _answer(request, row, is_revoked=True)


def _row(request: TeamRequest, kind: str, pk: int) -> Any:
    model = kind_named(kind)
    if model is None:
        raise Http404
    if not may_with_some(request.user, "change", model):
        raise PermissionDenied
    return get_object_or_404(rows_for(request.user, "change", model.objects.all()), pk=pk)


def _answer(request: TeamRequest, row: Any, *, is_revoked: bool = False) -> HttpResponse:
    """Show the link beside the form, which keeps what somebody typed; without scripts, lead back to the form."""
    if not request.htmx:
        return redirect(f"{row.get_edit_url()}#preview-link")
    context = {"row_page": RowPage.of(row, request.organization), "is_revoked": is_revoked, "is_answer": True}
    return render(request, "components/preview_link.html", context)
