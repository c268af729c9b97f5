"""One portal, one address: visitors at its other hosts are sent to the primary one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.organizations.models import Organization

# Browsers and proxies may keep a permanent redirect for good; an organization may change its mind.
REMEMBERED_SECONDS = 3600
# The team works at the portal's address on the platform, whichever domain visitors see: sessions and passkeys belong to
# one host, no password is typed at a domain that may lapse and be somebody else's tomorrow, and a domain whose DNS
# breaks locks nobody out of the page that says so.
TEAM_PATHS = ("/backstage/", "/accounts/", "/admin/")
# What pages are made of; a page at one host doesn't take parts from another.
PARTS = ("/theme.css", "/media/")
MOVED, MOVED_AS_IT_IS = 301, 308


def redirect_to_primary(request: HttpRequest, organization: Organization, host: str) -> HttpResponse | None:
    """Return a redirect to the same page at the host that it belongs to; None when the request may stay at `host`.

    301 for what is read; 308 keeps the method and body of everything else.
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
    """Bind browsers to TLS at an organization's own domain, and not at other names below it, which aren't ours."""
    if settings.SECURE_HSTS_SECONDS and request.is_secure() and not host.endswith(f".{settings.BASE_DOMAIN}"):
        response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
