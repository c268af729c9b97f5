"""The Content Security Policy, whose text is built once for all responses that don't ask for another one."""

from __future__ import annotations

from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# What decorators and nonces leave behind. Source: csp.decorators, csp.middleware.
_ASKS = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware, which would build the same text for each response, a tenth of a page from the cache."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_asked = getattr(request, "_csp_nonce", None) is not None or any(hasattr(response, name) for name in _ASKS)
        if is_asked or settings.DEBUG:  # Django's own pages about errors in development have inline styles
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._usual)
        # The header is written; who asks for a nonce now gets an error instead of one that isn't in it.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response
