"""The Host header: read once, in one form, and believed only where the table of domains knows it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from bandstand.database.connection import connection
from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.organizations.models import Organization
from bandstand.organizations.resolution import listener, resolver


def host_of(request: HttpRequest) -> str:
    """Return the normalized host. Raises InvalidHostError.

    From here on the request has a host that Django takes, and a port that is ours or none: links to another one would
    lead whoever gets this page out of a cache astray.
    """
    sent = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
    host = normalize_host(sent if sent.isascii() else _decoded(sent))
    port = sent.rpartition("]")[2].partition(":")[2]
    public = urlsplit(settings.PUBLIC_URL).port
    if port and port != str(public or ""):
        port = str(public or "")
    request.META["HTTP_HOST"] = f"{host}:{port}" if port else host
    return host


def _decoded(sent: str) -> str:
    """Return what a client should have encoded (RFC 9110, 7.2); WSGI hands its UTF-8 over as Latin-1."""
    try:
        return sent.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise InvalidHostError(sent) from None


def is_ours(name: str) -> bool:
    """Return whether the platform, a portal or the media host answers at `name`. One query, or none if asked lately."""
    listener.ensure_running()
    try:
        host = normalize_host(name)
    except InvalidHostError:
        return False
    if host in {settings.BASE_DOMAIN, settings.MEDIA_HOST}:
        return True
    connection.set_schema_to_public()
    organization = resolver.resolve(host)
    return organization is not None and organization.state != Organization.State.DELETING
