"""One portal, one address: visitors at its other hosts are sent to the primary one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandstand.organizations.addresses import portal_host
from bandstand.organizations.models import Organization

# Browsers and proxies may keep a permanent redirect for good; an organization may change its mind.
REMEMBERED_SECONDS = 3600
# The team's own door stays open at the portal's address on the platform: passkeys and sessions belong to a host, and a
# domain whose DNS breaks must not lock anybody out of the page that says so.
TEAM_PATHS = ("/backstage/", "/accounts/", "/admin/")
# What these pages are made of; a page at one host doesn't take parts from another.
PARTS = ("/theme.css", "/media/")
MOVED, MOVED_AS_IT_IS = 301, 308


def redirect_to_primary(request: HttpRequest, organization: Organization, host: str) -> HttpResponse | None:
    """Return a redirect to the same page at the primary host; None when the request may stay at `host`.

    301 for what is read; 308 keeps the method and body of everything else.
    """
    if host == organization.host or (
        host == portal_host(organization.slug) and request.path.startswith((*TEAM_PATHS, *PARTS))
    ):
        return None
    response = HttpResponse(status=MOVED if request.method in {"GET", "HEAD"} else MOVED_AS_IT_IS)
    response["Location"] = organization.url(request.get_full_path())
    response["Cache-Control"] = f"max-age={REMEMBERED_SECONDS}"
    return response


def speak_for_itself_alone(response: HttpResponseBase, request: HttpRequest, host: str) -> None:
    """Bind browsers to TLS at an organization's own domain, and not at other names below it, which aren't ours."""
    if settings.SECURE_HSTS_SECONDS and request.is_secure() and not host.endswith(f".{settings.BASE_DOMAIN}"):
        response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
