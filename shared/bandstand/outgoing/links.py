"""Parses URLs that people type, once, so that exactly what was checked is requested, whatever other parsers do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urlsplit

import idna
from django.utils.translation import gettext as _

from bandstand.outgoing.policy import STANDARD_PORTS, Policy

MOST_CHARACTERS = 2000
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_ENDS_IN_A_NUMBER = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)$")


class LinkError(ValueError):
    """This URL isn't allowed; the message is for the user."""


@dataclass(frozen=True)
class Link:
    """A parsed URL. `host` is lower-case ASCII, without brackets or a trailing dot."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port in the form of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == STANDARD_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def is_numeric(self) -> bool:
        """Whether the host is an IP address."""
        return ":" in self.host or bool(_ENDS_IN_A_NUMBER.search(self.host))


def read_link(text: str, policy: Policy) -> Link:
    """Return the parsed URL; `https://` is the default scheme. Raises LinkError."""
    text = text.strip()
    if not text or len(text) > MOST_CHARACTERS or _UNPRINTABLE.search(text):
        raise LinkError(_("This isn't a complete address. Copy it from your browser's address bar."))
    parts = _split(text if "://" in text else f"https://{text}")
    if parts.scheme not in policy.schemes:
        raise LinkError(_("Use an address that starts with https://."))
    if "@" in parts.netloc:
        raise LinkError(_("Leave the user name and password out of the address. We can't read files that need them."))
    port = _port(parts)
    if not policy.knows_port(parts.scheme, port):
        raise LinkError(_("Use an address without “:%(port)d”.") % {"port": port})
    target = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*")
    query = quote(parts.query, safe="/%:=&~+!$,;'@()*?[]")
    return Link(parts.scheme, _host(parts), port, f"{target}?{query}" if query else target)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise LinkError(_("This address doesn't lead anywhere.")) from None


def _port(parts: SplitResult) -> int:
    try:
        return STANDARD_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        raise LinkError(_("This address doesn't lead anywhere.")) from None


def _host(parts: SplitResult) -> str:
    written = parts.hostname or ""
    try:
        if parts.netloc.startswith("["):
            return str(IPv6Address(written.replace("%", " ")))  # refuse zone ids, which name local interfaces
        host = idna.encode(written.removesuffix("."), uts46=True, std3_rules=True).decode().lower()
        if _ENDS_IN_A_NUMBER.search(host):
            return str(ip_address(host))  # the standard notation only; refuses 2130706433, 0x7f.1 and 0177.1
    except ValueError:
        raise LinkError(_("“%(host)s” is not the name of a server.") % {"host": written[:100]}) from None
    if "." not in host:
        raise LinkError(_("“%(host)s” isn't a name on the internet. Use the full name.") % {"host": host})
    return host
