"""Finds out what a reverse proxy in front of web changes in requests, by making some through it.

A proxy that drops the port or the scheme breaks every form, and nothing but a form shows it. So a form is sent: that
for a log-in, empty, which changes nothing.
"""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import SimpleCookie
from urllib.parse import SplitResult, urlsplit

# Sent with the page that says that a proxy makes forms of this site look like another site's: what arrived here.
ARRIVED_AS = "X-Bandstand-Arrived-As"
# What to change, in the words of web's log.
LET_HOST_THROUGH = "let the proxy pass on the port too (nginx: proxy_set_header Host $http_host)"
LET_SCHEME_THROUGH = "let the proxy set X-Forwarded-Proto, and count it in BANDSTAND_TRUSTED_PROXIES"
PATH = "/accounts/login/"
PATIENCE = 10  # seconds
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_REDIRECTS = {301, 302, 303, 307, 308}

_HOST = """nginx:    proxy_set_header Host $http_host;      (not $host, which has no port, nor $proxy_host)
Caddy:    passes it on by itself; take out any "header_up Host"
Traefik:  passHostHeader: true                     (the default of a service's loadBalancer)
and BANDSTAND_PUBLIC_URL names the port that visitors type"""
_SCHEME = """nginx:    proxy_set_header X-Forwarded-Proto $scheme;
Caddy:    sets it by itself; behind another proxy: servers { trusted_proxies static private_ranges }
Traefik:  sets it by itself; behind another proxy: entryPoints.<name>.forwardedHeaders.trustedIPs
and in all cases BANDSTAND_TRUSTED_PROXIES=<how many proxies there are>; 0 ignores what they say"""


@dataclass(frozen=True)
class ProxyFinding:
    """What is wrong, in a sentence, and the lines that mend it; none where the proxy isn't to blame."""

    problem: str
    remedy: str = ""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


def check_proxy(address: str, *, connect_to: str = "") -> ProxyFinding | None:
    """Return what a proxy at `address` (scheme, host and port as people type them) does wrong, or None.

    `connect_to` is a host with a port to connect to instead of what the address's name resolves to.
    """
    asked = urlsplit(address)
    try:
        page = _request(asked, "GET", connect_to)
        if page.status in _REDIRECTS:
            return redirected(asked, page.headers.get("Location", ""))
        if page.status == HTTPStatus.NOT_FOUND:
            return ProxyFinding(f"Nothing answers to the name {asked.netloc}: the proxy passes on another one.", _HOST)
        token = _TOKEN.search(page.text)
        if page.status != HTTPStatus.OK or token is None:
            return ProxyFinding(f"{address}{PATH} answers {page.status}, without the form for a log-in.")
        return _sent(asked, _request(asked, "POST", connect_to, page=page, token=token[1]))
    except (OSError, http.client.HTTPException) as problem:
        return ProxyFinding(f"{connect_to or address} doesn't answer: {problem}.")


def redirected(asked: SplitResult, location: str) -> ProxyFinding:
    """Return what it means that the log-in page leads elsewhere, which it never does by itself."""
    there = urlsplit(location)
    if (asked.scheme, there.scheme) == ("http", "https"):
        return ProxyFinding(f"{asked.geturl()} leads to https, as it should. Check that address instead: {location}")
    if not there.netloc or there.netloc == asked.netloc:
        return _scheme_lost(asked)
    if there.hostname == asked.hostname:
        return ProxyFinding(f"The port is lost: {asked.netloc} leads to {there.netloc}.", _HOST)
    return ProxyFinding(f"{asked.netloc} leads to {there.netloc}. Check the address that visitors type.")


def _sent(asked: SplitResult, answer: _Answer) -> ProxyFinding | None:
    if answer.status != HTTPStatus.FORBIDDEN:
        return None
    arrived = urlsplit(answer.headers.get(ARRIVED_AS, ""))
    if arrived.netloc and arrived.netloc != asked.netloc:
        return ProxyFinding(f"The port is lost: a form of {asked.netloc} arrives as one of {arrived.netloc}.", _HOST)
    if arrived.scheme and arrived.scheme != asked.scheme:
        return _scheme_lost(asked)
    return ProxyFinding("The form for a log-in is refused (403), and not because of host, port or scheme.")


def _scheme_lost(asked: SplitResult) -> ProxyFinding:
    return ProxyFinding(f"The scheme is lost: what is sent by {asked.scheme} arrives as something else.", _SCHEME)


def _request(
    asked: SplitResult, method: str, connect_to: str, *, page: _Answer | None = None, token: str = ""
) -> _Answer:
    headers = {"Host": asked.netloc, "User-Agent": "bandstand-check-proxy", "Accept": "text/html"}
    body = ""
    if page is not None:
        origin = f"{asked.scheme}://{asked.netloc}"
        cookies = SimpleCookie()
        for line in page.headers.get_all("Set-Cookie", []):
            cookies.load(line)
        headers |= {
            "Origin": origin,
            "Referer": f"{origin}{PATH}",
            "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = f"csrfmiddlewaretoken={token}"
    connection = _connect(asked, connect_to)
    try:
        connection.request(method, PATH, body=body or None, headers=headers)
        answer = connection.getresponse()
        return _Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
    finally:
        connection.close()


def _connect(asked: SplitResult, connect_to: str) -> http.client.HTTPConnection:
    there = urlsplit(f"//{connect_to}") if connect_to else asked
    host = there.hostname or ""
    if asked.scheme == "http":
        return http.client.HTTPConnection(host, there.port or 80, timeout=PATIENCE)
    return _NamedConnection(host, there.port or 443, name=asked.hostname or host)


class _NamedConnection(http.client.HTTPSConnection):
    """Asks for, and checks, the certificate of the site's name, wherever it connects to."""

    def __init__(self, host: str, port: int, *, name: str) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._name = name

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._name)
