"""Collects browsers' reports of Content Security Policy violations: bugs of ours, or attacks."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bandstand.settings.log_lines import masked
from bandstand_web import rate_limits

logger = structlog.get_logger("bandstand.csp")

LONGEST = 16 * 1024  # bytes
_MOST = 20  # reports in one message


# Browsers send reports on their own, without a CSRF token.
@csrf_exempt
@require_POST
def collect(request: HttpRequest) -> HttpResponse:
    """Log what was blocked where, with queries and tokens removed from URLs, and without script samples.

    Sources: https://www.w3.org/TR/CSP3/#reporting and https://www.w3.org/TR/reporting-1/#media-type.
    """
    if not rate_limits.allows(request, "csp_report"):
        return rate_limits.too_many_requests(request)
    if len(request.body) > LONGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        reports = _reports(json.loads(request.body))
    except (ValueError, RecursionError):
        return HttpResponse("This is no report.\n", status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    for report in reports[:_MOST]:
        logger.warning("content security policy violated", **report)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _reports(message: Any) -> list[dict[str, str]]:
    """Return the reports in either format: a single one (`report-uri`) or a list (`report-to`). Raises ValueError."""
    found = message if isinstance(message, list) else [message]
    bodies = [each.get("csp-report") or each.get("body") for each in found if isinstance(each, dict)]
    words = [_words(body) for body in bodies if isinstance(body, dict)]
    if not found or len(words) != len(found):
        raise ValueError("not what browsers send")
    return words


def _words(body: dict[str, Any]) -> dict[str, str]:
    def word(*names: str) -> str:
        return next((str(body[name])[:200] for name in names if name in body), "")

    return {
        "directive": word("effectiveDirective", "effective-directive", "violated-directive"),
        "blocked": _shown(word("blockedURL", "blocked-uri")),
        "page": _shown(word("documentURL", "document-uri")),
        "source": _shown(word("sourceFile", "source-file")),
        "line": word("lineNumber", "line-number"),
    }


def _shown(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "?"
    return (
        f"{parts.scheme}://{parts.netloc}{masked(parts.path)}" if parts.netloc else parts.scheme or masked(parts.path)
    )
