"""The limits of the guarded client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from bandstand.outgoing.addresses import Address, is_public

STANDARD_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Opening:
    """An exception for internal addresses at one port, such as an operator's file server."""

    network: IPv4Network | IPv6Network
    port: int

    @classmethod
    def parse(cls, text: str) -> Opening:
        """Parse 10.1.2.3:8443, 10.1.0.0/16:443 or [fd00::1]:443. Raises ValueError."""
        network, _colon, port = text.rpartition(":")
        if not port.isdecimal() or not 0 < int(port) <= 0xFFFF:  # noqa: PLR2004 - a port has 16 bits
            raise ValueError(f"{text} names no port.")
        if network.count(":") and not (network.startswith("[") and network.endswith("]")):
            raise ValueError(f"{text} needs brackets around its address.")
        return cls(ip_network(network.strip("[]")), int(port))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The limits of one fetch; the defaults suit URLs that anyone may type."""

    schemes: frozenset[str] = frozenset({"https"})
    openings: tuple[Opening, ...] = ()
    most_bytes: int = 2 * 1024 * 1024
    most_redirects: int = 5
    seconds: float = 30.0
    resolver: tuple[str, int] | None = None  # address and port; None for the system's
    authorities: str = ""  # a file of certificates to trust in addition to the system's

    def knows_port(self, scheme: str, port: int) -> bool:
        """Return whether this port is allowed for any address."""
        return port == STANDARD_PORTS[scheme] or any(opening.port == port for opening in self.openings)

    def lets_through(self, address: str | Address, scheme: str, port: int) -> bool:
        """Return whether connections to this address are allowed."""
        plain = ip_address(address)
        if any(opening.port == port and plain in opening.network for opening in self.openings):
            return True
        return port == STANDARD_PORTS[scheme] and is_public(plain)


def openings_of(texts: Iterable[str]) -> tuple[Opening, ...]:
    """Parse the exceptions in a setting. Raises ValueError."""
    return tuple(map(Opening.parse, texts))
