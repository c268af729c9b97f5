"""HTTP is sent to HTTPS, at hosts that are ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.security import SecurityMiddleware

from bandstand.organizations.addresses import InvalidHostError, absolute_url
from bandstand_web.hosts import host_of, is_ours


class TransportSecurityMiddleware(SecurityMiddleware):
    """Takes the place of Django's, which leads to whatever host a request names, before anybody looked at it."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Return the redirect; None where none is due, and at foreign hosts, which get their 404 further on."""
        path = request.path.lstrip("/")
        if not self.redirect or request.is_secure() or any(pattern.search(path) for pattern in self.redirect_exempt):
            return None
        try:
            host = host_of(request)
        except InvalidHostError:
            return None
        return HttpResponsePermanentRedirect(absolute_url(host, request.get_full_path())) if is_ours(host) else None
