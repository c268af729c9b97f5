"""What the log says of requests: neither what a client claims about its address nor the tokens in ours."""

from __future__ import annotations

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from bandstand.accounts.client_address import client_address
from bandstand.settings.log_lines import shown_path


class RequestLogMiddleware(RequestMiddleware):
    """Binds the client's address and a number for the request, and logs how it began and ended."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Bind the address that trusted proxies vouch for."""
        structlog.contextvars.bind_contextvars(ip=client_address(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and path, without queries and tokens."""
        return f"{request.method} {shown_path(request)}"
