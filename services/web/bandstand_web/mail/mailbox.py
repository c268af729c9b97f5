"""The development mailbox: shows in the browser what would have been sent. Not mounted in any other profile."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bandstand.devstack import mailbox

# Emails use inline styles; scripts are forbidden.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["https:", "data:"],
    "sandbox": True,
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the newest emails with their text."""
    return render(request, "mail/platform/mailbox.html", {"mails": mailbox.latest()})


@require_safe
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type] # its annotation knows no arguments from the URL
def body(_request: HttpRequest, name: str) -> HttpResponse:
    """Show an email's HTML as its reader sees it; sandboxed, because it may contain visitors' text."""
    mail = mailbox.find(name)
    if mail is None or not mail.html:
        raise Http404
    return HttpResponse(mail.html)
