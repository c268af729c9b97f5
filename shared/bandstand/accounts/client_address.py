"""From where a request comes, as far as that can be known."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

NETWORK_BITS = 64  # what providers give to one customer at least


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None where the server itself doesn't know one.

    Each of the TRUSTED_PROXIES appended the address that it was asked from to X-Forwarded-For, so the client's is that
    many places from the end. What stands before it the client may have made up. A list that is too short, or no address
    in that place, came past a proxy: then whoever connected counts.
    """
    connected = _plain(request.META.get("REMOTE_ADDR") or "") or request.META.get("REMOTE_ADDR") or None
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if not proxies or len(passed_on) < proxies:
        return connected
    return _plain(_without_port(passed_on[-proxies].strip())) or connected


def counted_address(request: HttpRequest) -> str | None:
    """Return what stands for the client where failures are counted: of an IPv6 address its network of 64 bits.

    Whoever has one such address has all of the network's.
    """
    address = client_address(request)
    try:
        is_of_a_network = isinstance(ip_address(address or ""), IPv6Address)
    except ValueError:
        return address
    return str(IPv6Network((address, NETWORK_BITS), strict=False).network_address) if is_of_a_network else address


def _plain(text: str) -> str:
    """Return an address as it is written, an IPv4 one that came as IPv6 as IPv4; empty for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _without_port(text: str) -> str:
    """Return an address without what some proxies add: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
