"""Where Bandstand answers, and whom it asks and reaches over the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from bandstand.outgoing.policy import Opening
from bandstand.settings.variables.declaring import Variables, variable

CELL_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
CELL_ADDRESS = re.compile(CELL_NAME.pattern + r"=https?://[^\s/?#]+")
CUSTOM_DOMAINS = ("off", "proxy", "cluster")
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
DNS_PORT = 53


@dataclass(frozen=True, kw_only=True)
class AddressVariables(Variables):
    """Hosts, proxies, domains, resolvers, cells."""

    public_url: str = variable(
        development="http://bandstand.localhost:8000",
        name="BANDSTAND_PUBLIC_URL",
        about="Address of the platform; portals live at subdomains of its host.",
    )
    media_host: str = variable(
        default="",
        name="BANDSTAND_MEDIA_HOST",
        about="Host at which web serves pictures and nothing else, without cookies; at a domain of its own.",
    )
    trusted_proxies: int = variable(
        default=0,
        name="BANDSTAND_TRUSTED_PROXIES",
        about="Number of reverse proxies in front of web; 0 ignores X-Forwarded-* headers.",
    )
    custom_domains: str = variable(
        default="off",
        development="proxy",
        name="BANDSTAND_CUSTOM_DOMAINS",
        about="Who gets certificates for organizations' domains: proxy (asks /tls-ask), cluster, or off for none.",
    )
    domains_target: str = variable(
        default="",
        name="BANDSTAND_DOMAINS_TARGET",
        about="Host that organizations' own domains point to by CNAME; default: the platform's host.",
    )
    domains_addresses: list[str] = variable(
        default=[],
        name="BANDSTAND_DOMAINS_ADDRESSES",
        about="IP addresses of that host, comma-separated, for domains that can't have a CNAME.",
    )
    dns_resolvers: list[str] = variable(
        default=[],
        name="BANDSTAND_DNS_RESOLVERS",
        about="Resolvers asked about organizations' domains, as address or address:port; default: the system's.",
    )
    outgoing_allowed: list[str] = variable(
        default=[],
        name="BANDSTAND_OUTGOING_ALLOWED",
        about="Private addresses that people's links may lead to all the same, each with its port: 10.1.2.3:8443.",
    )
    cluster_config: str = variable(
        default="",
        name="BANDSTAND_CLUSTER_CONFIG",
        about="JSON file that says how the reconciler publishes domains in a Kubernetes cluster; the chart writes it.",
    )
    cell: str = variable(
        default="",
        name="BANDSTAND_CELL",
        about="Name of this installation among several that share one platform; see docs/scaling.md.",
    )
    cells: list[str] = variable(
        default=[],
        name="BANDSTAND_CELLS",
        about="Where web passes requests for portals on that moved: north=http://web.north.example:8000, …",
    )

    @property
    def scheme(self) -> str:
        """`http` or `https`, for all generated URLs."""
        return urlsplit(self.public_url).scheme

    @property
    def base_domain(self) -> str:
        """The platform's host, lower case, without a port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def port(self) -> int | None:
        """The port for all generated URLs; None for the scheme's default."""
        return urlsplit(self.public_url).port

    @property
    def media_origin(self) -> str:
        """The media host's origin, for the Content Security Policy; empty without a media host."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.media_host}{port}" if self.media_host else ""

    def problems(self) -> list[str]:
        return self._public_url_problems() + self._network_problems() + self._cells_problems()

    def _public_url_problems(self) -> list[str]:
        found = []
        address = urlsplit(self.public_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            found.append("BANDSTAND_PUBLIC_URL must look like https://bands.example.org.")
        elif "*" in address.hostname:
            found.append("BANDSTAND_PUBLIC_URL names a wildcard host; name the platform's own host.")
        if self.is_production and self.scheme != "https":
            found.append("BANDSTAND_PUBLIC_URL must start with https:// in production.")
        return found

    def _network_problems(self) -> list[str]:
        found = []
        if self.media_host and not HOST_NAME.fullmatch(self.media_host):
            found.append("BANDSTAND_MEDIA_HOST must be a host's name alone, in small letters: media.example.net.")
        if self.media_host and self.media_host in {self.base_domain, self.domains_target}:
            found.append("BANDSTAND_MEDIA_HOST must be a host of its own: the platform answers at this one.")
        if self.custom_domains not in CUSTOM_DOMAINS:
            found.append(f"BANDSTAND_CUSTOM_DOMAINS must be one of {', '.join(CUSTOM_DOMAINS)}.")
        if not all(map(_is_address, self.domains_addresses)):
            found.append("BANDSTAND_DOMAINS_ADDRESSES must be IP addresses, separated by commas.")
        if not all(_is_address(resolver_address(text)[0]) for text in self.dns_resolvers):
            found.append("BANDSTAND_DNS_RESOLVERS must look like 9.9.9.9,149.112.112.112:53,[2620:fe::fe]:53.")
        if not all(map(_is_opening, self.outgoing_allowed)):
            found.append("BANDSTAND_OUTGOING_ALLOWED must look like 10.1.2.3:8443,10.1.0.0/16:443,[fd00::1]:443.")
        return found

    def _cells_problems(self) -> list[str]:
        if not all(CELL_ADDRESS.fullmatch(each) for each in self.cells):
            return ["BANDSTAND_CELLS must look like north=http://web.north.example:8000,south=http://10.1.2.3:8000."]
        names = [each.split("=", 1)[0] for each in self.cells]
        if len({*names, self.cell}) != len(names) + 1 or (names and not self.cell):
            return ["BANDSTAND_CELL must name this cell, and BANDSTAND_CELLS the others, each once."]
        if self.cell and not CELL_NAME.fullmatch(self.cell):
            return ["BANDSTAND_CELL must be of small letters, digits and hyphens, 40 at most."]
        return []


def resolver_address(text: str) -> tuple[str, int]:
    """Parse a resolver's address and port: 9.9.9.9, 9.9.9.9:53, 2620:fe::fe or [2620:fe::fe]:53."""
    if text.startswith("["):
        address, _bracket, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        address, _colon, port = text.partition(":")
    else:
        address, port = text, ""
    return address, int(port) if port.isdecimal() else DNS_PORT


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_opening(text: str) -> bool:
    try:
        Opening.parse(text)
    except ValueError:
        return False
    return True
