"""Fetches URLs that users typed, without letting them reach internal services.

A name is resolved once, all its addresses are checked, and the connection goes to a checked address, so DNS rebinding
has no effect. Certificates are still checked against the name. Redirects go through the same checks. Time, transferred
bytes and decompressed bytes are limited; the environment's proxies aren't used, and no cookies or credentials are sent.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

import certifi
import structlog
import urllib3
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from urllib3 import exceptions

from bandstand.outgoing.connections import Deadline, HTTPPool, HTTPSPool, too_slow
from bandstand.outgoing.links import Link, LinkError, read_link
from bandstand.outgoing.looking_up import checked_addresses
from bandstand.outgoing.policy import Policy
from bandstand.outgoing.problems import FetchError, TooLargeError

SECONDS_PER_CONNECTION = 5.0
MOST_HEADER_BYTES = 32 * 1024
_CHUNK = 64 * 1024
_OK, _NOT_MODIFIED = 200, 304
_ACCEPTED = frozenset({200, 202, 204})
_VALIDATOR = re.compile(r"[\x21-\x7e ]{1,100}")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CODINGS = frozenset({"", "identity", "gzip", "deflate"})
_HEADERS = {"User-Agent": "Bandstand", "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}

Step = Callable[[int], None]
log = structlog.get_logger("bandstand.outgoing")


@dataclass(frozen=True)
class Seen:
    """What a server said of a resource when it was fetched before. Source: RFC 9110, 8.8"""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for a newer resource only."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Fetched:
    """A fetched resource. `url` is the final URL after redirects.

    `is_unchanged`: the server says that it is still what was seen, and sends no content.
    """

    url: str
    content: bytes
    content_type: str
    seen: Seen = Seen()
    is_unchanged: bool = False

    @property
    def is_web_page(self) -> bool:
        """Whether it is a page, of a log-in say, where people expect a file."""
        head = self.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return self.content_type.lower().startswith("text/html") or head.startswith((b"<!doctype html", b"<html"))


def fetch(address: str, *, policy: Policy, step: Step | None = None, seen: Seen | None = None) -> Fetched:
    """Fetch `address` by GET. Raises LinkError if the address isn't allowed, FetchError for other failures.

    `step` is called with the number of bytes received so far; an exception from it aborts the fetch.
    """
    link = read_link(address, policy)
    with Deadline(policy.seconds) as deadline:
        for _hop in range(policy.most_redirects + 1):
            with _Exchange(link, policy, deadline, seen or Seen()) as exchange:
                if not exchange.leads_on:
                    return exchange.fetched(step or (lambda _bytes: None))
                link = exchange.next_link()
    raise FetchError(_("This link keeps redirecting. Use the address it ends at."))


def send_json(address: str, content: bytes, *, policy: Policy) -> None:
    """Send JSON to `address` by POST, guarded as `fetch` is. Redirects aren't followed, and nothing is read.

    Raises LinkError if the address isn't allowed, FetchError unless the server accepts what is sent.
    """
    link = read_link(address, policy)
    with Deadline(policy.seconds) as deadline, _Exchange(link, policy, deadline, Seen(), sent=content) as exchange:
        exchange.require_acceptance()


class _Exchange:
    """One request to a checked address, and its response."""

    def __init__(self, link: Link, policy: Policy, deadline: Deadline, seen: Seen, sent: bytes | None = None) -> None:
        self._link = link
        self._seen = seen
        self._sent = sent
        self._policy = policy
        self._deadline = deadline

    def __enter__(self) -> Self:
        self._pool, self._response = self._answer(checked_addresses(self._link, self._policy, self._deadline))
        return self

    def __exit__(self, *_error: object) -> None:
        self._response.close()
        self._pool.close()

    @property
    def leads_on(self) -> bool:
        """Whether the response is a redirect."""
        return self._response.status in _REDIRECTS and "Location" in self._response.headers

    def next_link(self) -> Link:
        """Return the target of the redirect. Raises FetchError if it must not be followed."""
        try:
            found = read_link(urljoin(self._link.url, self._response.headers["Location"]), self._policy)
        except ValueError as problem:
            why = str(problem) if isinstance(problem, LinkError) else ""
            raise FetchError(_("This link redirects to an address we can't use. %(why)s") % {"why": why}) from None
        if (self._link.scheme, found.scheme) == ("https", "http"):
            raise FetchError(_("This link redirects to an address without encryption."))
        return found

    def fetched(self, step: Step) -> Fetched:
        """Return the whole body. Raises FetchError for error responses, and for bodies too large or too slow."""
        if self._response.status == _NOT_MODIFIED and self._seen.headers():
            return Fetched(self._link.url, b"", "", self._seen, is_unchanged=True)
        self._refuse_what_is_no_file()
        kept = bytearray()
        try:
            for chunk in self._response.stream(_CHUNK, decode_content=True):
                kept += chunk
                # Check both sizes: a small response may decompress to a large one, and a large one to nothing.
                if max(len(kept), self._response.tell()) > self._policy.most_bytes:
                    raise self._too_large()
                step(len(kept))
        except (exceptions.HTTPError, OSError) as problem:
            raise self._explained(problem) from None
        if self._deadline.is_over:  # without a Content-Length, a closed connection looks like the end
            raise too_slow()
        log.info("fetched", host=self._link.host, bytes=len(kept))
        return Fetched(self._link.url, bytes(kept), self._response.headers.get("Content-Type", ""), self._told())

    def require_acceptance(self) -> None:
        """Raise FetchError unless the server took what was sent."""
        if self._response.status not in _ACCEPTED:
            sentence = _("The server at %(host)s responds with an error (%(status)d).")
            raise FetchError(sentence % {**self._named(), "status": self._response.status})

    def _told(self) -> Seen:
        """Return by what to ask for a newer version; nothing that is too long, or no text, to be sent back."""
        headers = self._response.headers
        told = [headers.get(name, "") for name in ("ETag", "Last-Modified")]
        return Seen(*(text if _VALIDATOR.fullmatch(text) else "" for text in told))

    def _answer(self, addresses: list[str]) -> tuple[urllib3.HTTPConnectionPool, urllib3.BaseHTTPResponse]:
        """Return the response of the first address that accepts a connection."""
        problem: Exception | None = None
        for address in addresses:
            pool = self._pool_at(address)
            try:
                response = self._ask(pool)
            except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError) as unreachable:
                problem = unreachable
            except (exceptions.HTTPError, OSError) as broken:
                raise self._explained(broken) from None
            else:
                if sum(len(name) + len(value) for name, value in response.headers.items()) <= MOST_HEADER_BYTES:
                    return pool, response
                response.close()
                raise TooLargeError(_("We can't read the response of the server at %(host)s.") % self._named())
        raise self._explained(problem)

    def _ask(self, pool: urllib3.HTTPConnectionPool) -> urllib3.BaseHTTPResponse:
        return pool.urlopen(
            "GET" if self._sent is None else "POST",
            self._link.target,
            body=self._sent,
            headers={"Host": self._link.authority, **_HEADERS, **self._seen.headers(), **self._about_sent()},
            timeout=urllib3.Timeout(
                connect=self._deadline.left(SECONDS_PER_CONNECTION), read=self._deadline.left(self._policy.seconds)
            ),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )

    def _about_sent(self) -> dict[str, str]:
        return {} if self._sent is None else {"Content-Type": "application/json; charset=utf-8"}

    def _pool_at(self, address: str) -> urllib3.HTTPConnectionPool:
        if self._link.scheme == "http":
            return HTTPPool(address, self._link.port, deadline=self._deadline)
        return HTTPSPool(
            address,
            self._link.port,
            deadline=self._deadline,
            ssl_context=_trust(self._policy.authorities),
            server_hostname=self._link.host,
        )

    def _refuse_what_is_no_file(self) -> None:
        status, headers = self._response.status, self._response.headers
        if status in {404, 410}:
            raise FetchError(_("The server at %(host)s has nothing at this address.") % self._named())
        if status in {401, 403}:
            sentence = _(
                "The server at %(host)s only shows this to certain people. Share it with anyone who has the link."
            )
            raise FetchError(sentence % self._named())
        if status != _OK:
            sentence = _("The server at %(host)s responds with an error (%(status)d).")
            raise FetchError(sentence % {**self._named(), "status": status})
        if headers.get("Content-Encoding", "").strip().lower() not in _CODINGS:
            raise FetchError(_("We can't read the response of the server at %(host)s.") % self._named())
        length = headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > self._policy.most_bytes:
            raise self._too_large()

    def _explained(self, problem: Exception | None) -> FetchError:
        if self._deadline.is_over or isinstance(problem, exceptions.TimeoutError):
            return too_slow()
        if isinstance(problem, exceptions.SSLError):
            return FetchError(_("The server at %(host)s can't prove that it is the right one.") % self._named())
        return FetchError(_("The server at %(host)s doesn't respond as it should.") % self._named())

    def _named(self) -> dict[str, str]:
        return {"host": self._link.host}

    def _too_large(self) -> TooLargeError:
        size = filesizeformat(self._policy.most_bytes)
        return TooLargeError(_("The file at this address is larger than %(size)s.") % {"size": size})


def _trust(authorities: str) -> ssl.SSLContext:
    """Return the TLS context, which trusts the system's, Mozilla's and the caller's certificate authorities."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if authorities:
        context.load_verify_locations(authorities)
    return context
