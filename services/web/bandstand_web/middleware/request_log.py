"""Request logging, without tokens from URLs, and with client addresses from trusted proxies only."""

from __future__ import annotations

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from bandstand.accounts.client_address import client_address
from bandstand.settings.log_lines import shown_path


class RequestLogMiddleware(RequestMiddleware):
    """Binds the client's address and a request ID, and logs each request's start and end."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Bind the client address as reported by trusted proxies."""
        structlog.contextvars.bind_contextvars(ip=client_address(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and path, without query and tokens."""
        return f"{request.method} {shown_path(request)}"
