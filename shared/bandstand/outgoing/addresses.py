"""Which IP addresses are on the public internet. Python's own `is_global` accepts some that can lead to private
networks: IPv6 transition addresses, which embed an IPv4 address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_UNICAST = IPv6Network("2000::/3")  # all that has been allocated; source: IANA, IPv6 global unicast
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_NOBODYS = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "168.63.129.16/32",  # Azure's internal services for virtual machines, including keys
        "2001::/23",  # protocol assignments, Teredo (RFC 4380) among them
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: leads to the embedded IPv4 address
        "3fff::/20",  # documentation, RFC 9637
    )
]


def is_public(address: str | Address) -> bool:
    """Return whether this is a unicast address on the public internet. Raises ValueError if it isn't an address.

    Not public: private, shared, loopback, link-local, multicast and reserved addresses, metadata services, and IPv6
    addresses that embed one of these.
    """
    bare = _inner(ip_address(address))
    if isinstance(bare, IPv6Address) and (bare not in _UNICAST or bare.scope_id):
        return False
    return bare.is_global and not bare.is_multicast and not any(bare in network for network in _NOBODYS)


def _inner(address: Address) -> Address:
    """Return the embedded IPv4 address that connections end up at, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address
