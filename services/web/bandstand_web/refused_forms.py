"""The answer to forms that fail the CSRF checks. Source: Django, CSRF_FAILURE_VIEW."""

from __future__ import annotations

import logging
from urllib.parse import SplitResult, urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure

from bandstand.organizations.proxy_check import ARRIVED_AS, LET_HOST_THROUGH, LET_SCHEME_THROUGH
from bandstand_web.errors import behind_proxy
from bandstand_web.hosts import split_sent

logger = logging.getLogger(__name__)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return 403; where a reverse proxy makes every form fail, say so in page and log."""
    sent_from = split_sent(request.headers.get("Origin") or request.headers.get("Referer") or "")
    remedy = _remedy(request, sent_from) if "checking failed" in reason else ""
    if not remedy:
        return csrf_failure(request, reason=reason)
    here = f"{request.scheme}://{request.get_host()}"
    logger.error("a form from %s://%s arrived as one for %s: %s", sent_from.scheme, sent_from.netloc, here, remedy)
    answer = behind_proxy(request)
    answer[ARRIVED_AS] = here  # `manage.py check_proxy` reads it
    return answer


def _remedy(request: HttpRequest, sent_from: SplitResult) -> str:
    """Return what to change at the proxy, if the form is this site's own by its host name; else an empty string."""
    host = request.get_host()
    if not sent_from.hostname or sent_from.hostname != urlsplit(f"//{host}").hostname:
        return ""
    if sent_from.netloc != host:
        return LET_HOST_THROUGH
    if sent_from.scheme != request.scheme:
        return LET_SCHEME_THROUGH
    return ""
