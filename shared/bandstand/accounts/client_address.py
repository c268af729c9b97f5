"""From where a request comes, as far as that can be known."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where the server itself doesn't know one.

    Each of the TRUSTED_PROXIES appended the address that it was asked from to X-Forwarded-For, so the client's is that
    many places from the end. What stands before it the client may have made up. A list that is too short, or no address
    in that place, came past a proxy: then whoever connected counts.
    """
    connected = request.META.get("REMOTE_ADDR") or None
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if not proxies or len(passed_on) < proxies:
        return connected
    try:
        return str(ip_address(_without_port(passed_on[-proxies].strip())))
    except ValueError:
        return connected


def _without_port(text: str) -> str:
    """Return an address without what some proxies add: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
