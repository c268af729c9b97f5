"""Normalizes host names to the form in the table of domains, and builds absolute URLs from them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import idna
from django.conf import settings

_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


HOST_MAX_LENGTH = 253


class InvalidHostError(ValueError):
    """The text isn't a valid host name."""


def normalize_host(raw: str) -> str:
    """Return `raw` (a Host header) in lower case, in ASCII, without port and trailing dot.

    Raises InvalidHostError. Source: RFC 9110, 7.2; RFC 5891 for names beyond ASCII.
    """
    host = raw.strip()
    if host.startswith("["):
        return _ipv6(host)
    name, _colon, port = host.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise InvalidHostError(raw)
    name = name.removesuffix(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise InvalidHostError(raw) from None
    if len(name) > HOST_MAX_LENGTH or not _LABELS.fullmatch(name):
        raise InvalidHostError(raw)
    return name


def _ipv6(host: str) -> str:
    literal, bracket, port = host[1:].partition("]")
    if not bracket or not re.fullmatch(r"(:\d{1,5})?", port, re.ASCII):
        raise InvalidHostError(host)
    try:
        return f"[{ipaddress.IPv6Address(literal).compressed}]"
    except ValueError:
        raise InvalidHostError(host) from None


def portal_host(slug: str) -> str:
    """Return the portal's host name on the platform."""
    return f"{slug}.{settings.BASE_DOMAIN}"


def absolute_url(host: str, path: str = "/") -> str:
    """Return the absolute URL of `path` at `host`, with the public port unless it is the scheme's default."""
    public = urlsplit(settings.PUBLIC_URL)
    port = f":{public.port}" if public.port else ""
    return f"{public.scheme}://{host}{port}{path}"
