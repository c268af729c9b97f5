"""Determines the IP address that a request comes from."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

NETWORK_BITS = 64  # the smallest network that providers assign to a customer


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address; None if the server doesn't know one.

    Each of the TRUSTED_PROXIES appends the address of its peer to X-Forwarded-For, so the client's address is that many
    places from the end. Earlier entries may be forged by the client. If the list is too short, or holds no address in
    that place, the request bypassed a proxy, and the peer's address is used.
    """
    connected = _plain(request.META.get("REMOTE_ADDR") or "") or request.META.get("REMOTE_ADDR") or None
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if not proxies or len(passed_on) < proxies:
        return connected
    return _plain(_without_port(passed_on[-proxies].strip())) or connected


def counted_address(request: HttpRequest) -> str | None:
    """Return the key under which a client's failures are counted: the /64 network of an IPv6 address.

    A client that has one address of such a network can use all of them.
    """
    address = client_address(request)
    try:
        is_of_a_network = isinstance(ip_address(address or ""), IPv6Address)
    except ValueError:
        return address
    return str(IPv6Network((address, NETWORK_BITS), strict=False).network_address) if is_of_a_network else address


def _plain(text: str) -> str:
    """Return the normalized address, IPv4-mapped IPv6 as IPv4; empty if `text` isn't an address."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _without_port(text: str) -> str:
    """Return an address without the port that some proxies add: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
