"""What somebody without an account sees before visitors do, by a link that the team gave them."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bandstand_web.requests import PortalRequest
from bandstand_web.shell.previewing import (
    HEADERS_OF_LINKS,
    Preview,
    is_published,
    page_of_row,
    preview_page,
    row_of_token,
)


@require_safe
def preview(request: PortalRequest, token: str) -> HttpResponse:
    """Show the draft that the link is about and nothing else that visitors don't see; once published, its page."""
    row = row_of_token(token)
    match = page_of_row(row) if row else None
    if match is None:
        return _gone(request)
    if is_published(row):
        return redirect(row.get_absolute_url())
    try:
        return preview_page(request, Preview.of(row, link_until=row.preview_until), match)
    except Http404:
        return _gone(request)


def _gone(request: PortalRequest) -> HttpResponse:
    """Say the same of a link that is wrong, expired, revoked, or about something that is in the trash."""
    response = render(request, "previews/portal/gone.html", status=HTTPStatus.NOT_FOUND)
    for name, value in HEADERS_OF_LINKS.items():
        response[name] = value
    return response
