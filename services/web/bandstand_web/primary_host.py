"""Redirects visitors from a portal's other hosts to its primary one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.organizations.models import Organization

# Browsers and proxies may cache a permanent redirect indefinitely, but the organization may choose another host.
REMEMBERED_SECONDS = 3600
# The team always works at the portal's address on the platform: sessions and passkeys belong to one host, passwords are
# never entered at a domain that may expire and be registered by someone else, and broken DNS doesn't lock the team out
# of the page that reports it.
TEAM_PATHS = ("/backstage/", "/accounts/", "/admin/")
# Parts of pages, which are served at every host so that no page loads them from another one.
PARTS = ("/theme.css", "/media/")
MOVED, MOVED_AS_IT_IS = 301, 308


def redirect_to_primary(request: HttpRequest, organization: Organization, host: str) -> HttpResponse | None:
    """Return a redirect to the same page at its proper host; None if the request may stay at `host`.

    301 for GET and HEAD; 308 for everything else, which keeps method and body.
    """
    is_for_the_team = request.path.startswith(TEAM_PATHS)
    if host == (organization.own_host if is_for_the_team else organization.host) or request.path.startswith(PARTS):
        return None
    path = request.get_full_path()
    response = HttpResponse(status=MOVED if request.method in {"GET", "HEAD"} else MOVED_AS_IT_IS)
    response["Location"] = organization.team_url(path) if is_for_the_team else organization.url(path)
    response["Cache-Control"] = f"max-age={REMEMBERED_SECONDS}"
    return response


def speak_for_itself_alone(response: HttpResponseBase, request: HttpRequest, host: str) -> None:
    """Set HSTS for an organization's own domain, without its subdomains, which aren't ours."""
    if settings.SECURE_HSTS_SECONDS and request.is_secure() and not host.endswith(f".{settings.BASE_DOMAIN}"):
        response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
