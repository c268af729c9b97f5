"""The Host header: normalized once, and trusted only if it is a known domain."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest

from bandstand.database.connection import connection
from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import listener, resolver


def host_of(request: HttpRequest) -> str:
    """Return the normalized host. Raises InvalidHostError.

    Afterwards the request has a host that Django accepts and either our port or none: links with another port could
    mislead visitors who get this page from a cache.
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
    """Decode a host that the client should have encoded (RFC 9110, 7.2); WSGI passes its UTF-8 as Latin-1."""
    try:
        return sent.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise InvalidHostError(sent) from None


def split_sent(address: str) -> SplitResult:
    """Return the parts of an address that a client sent in a header; empty ones for what no browser sends."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def is_ours(name: str) -> bool:
    """Return whether `name` is the platform, a portal or the media host. Costs one query, or none if cached."""
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
