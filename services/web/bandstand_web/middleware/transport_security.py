"""Redirects HTTP to HTTPS, on our own hosts only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.security import SecurityMiddleware

from bandstand.organizations.addresses import InvalidHostError, absolute_url
from bandstand_web.hosts import host_of, is_ours


class TransportSecurityMiddleware(SecurityMiddleware):
    """Replaces Django's middleware, which redirects to any host that a request names, before it has been checked."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Return the redirect; None if it isn't needed, and for unknown hosts, which get a 404 later."""
        path = request.path.lstrip("/")
        if not self.redirect or request.is_secure() or any(pattern.search(path) for pattern in self.redirect_exempt):
            return None
        try:
            host = host_of(request)
        except InvalidHostError:
            return None
        return HttpResponsePermanentRedirect(absolute_url(host, request.get_full_path())) if is_ours(host) else None
