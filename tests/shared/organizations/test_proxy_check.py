"""A proxy in front of web passes requests on, wrongly or right; the command says which, by real requests."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from pytest_django.fixtures import Settings

from bandstand.organizations.proxy_check import check_proxy, redirected

Rewrite = Callable[[dict[str, str], str], dict[str, str]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - the base class names it


@contextmanager
def served(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def web(db: None) -> Iterator[int]:
    """The product's own application behind a port. One thread, which leaves its connection to the test's end."""
    application = get_wsgi_application()

    def closing(environ: dict[str, Any], start: Any) -> Any:
        try:
            return [b"".join(application(environ, start))]
        finally:
            connection.close()

    with served(make_server("127.0.0.1", 0, closing, handler_class=_Quiet)) as port:
        yield port


@contextmanager
def proxy(web: int, rewrite: Rewrite) -> Iterator[int]:
    """Run a proxy that passes on each request with the headers that `rewrite` makes of those that came."""

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            onward = http.client.HTTPConnection("127.0.0.1", web, timeout=20)
            onward.request(self.command, self.path, body, rewrite(dict(self.headers), self.headers["Host"]))
            answer = onward.getresponse()
            text = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            onward.close()

        do_GET = do_POST = _pass_on  # noqa: N815 - the base class names them

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - the base class names it

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


def whole(headers: dict[str, str], _host: str) -> dict[str, str]:
    return headers


def without_port(headers: dict[str, str], host: str) -> dict[str, str]:
    """What nginx does with `proxy_set_header Host $host`."""
    return {**headers, "Host": host.partition(":")[0]}


def upstreams_name(headers: dict[str, str], _host: str) -> dict[str, str]:
    """What nginx does without any such line."""
    return {**headers, "Host": "backend.internal"}


def found(settings: Settings, port: int) -> str:
    """Return what the command says of the proxy at `port`, which is the platform's own address."""
    out = StringIO()
    address = settings.PUBLIC_URL = f"http://bandstand.localhost:{port}"
    try:
        call_command("check_proxy", address, connect_to=f"127.0.0.1:{port}", stdout=out)
    except CommandError as problem:
        return str(problem)
    return out.getvalue()


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (whole, ["forms work"]),
        (without_port, ["The port is lost", "Host $http_host", "Caddy:", "passHostHeader"]),
        (upstreams_name, ["passes on another one", "Host $http_host"]),
    ],
)
def test_it_says_what_a_proxy_does_to_the_name(web: int, settings: Settings, rewrite: Rewrite, said: list[str]) -> None:
    with proxy(web, rewrite) as port:
        text = found(settings, port)

    for words in said:
        assert words in text
    assert ("forms work" in text) == (rewrite is whole)


@pytest.mark.parametrize(
    ("sends", "is_right"), [({"X-Forwarded-Proto": "http"}, True), ({}, True), ({"X-Forwarded-Proto": "https"}, False)]
)
def test_it_says_when_the_scheme_is_lost(web: int, settings: Settings, sends: dict[str, str], is_right: bool) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with proxy(web, lambda headers, _host: {**headers, **sends}) as port:
        text = found(settings, port)

    assert ("forms work" in text) == is_right, text
    assert ("The scheme is lost" in text) != is_right
    assert ("X-Forwarded-Proto $scheme" in text and "BANDSTAND_TRUSTED_PROXIES" in text) != is_right


@pytest.mark.parametrize(
    ("asked", "location", "said"),
    [
        ("https://bands.example.org", "https://bands.example.org/accounts/login/", "The scheme is lost"),
        ("https://bands.example.org", "/accounts/login/", "The scheme is lost"),
        ("https://bands.example.org:8443", "https://bands.example.org/accounts/login/", "The port is lost"),
        ("http://bands.example.org", "https://bands.example.org/accounts/login/", "leads to https, as it should"),
        ("https://bands.example.org", "https://other.example.org/", "Check the address that visitors type"),
    ],
)
def test_it_says_where_a_redirect_leads(asked: str, location: str, said: str) -> None:
    assert said in redirected(urlsplit(asked), location).problem


def test_it_says_when_nobody_answers(db: None) -> None:
    finding = check_proxy("http://bandstand.localhost:1", connect_to="127.0.0.1:1")

    assert finding is not None
    assert "127.0.0.1:1 doesn't answer" in finding.problem


@pytest.mark.parametrize("address", ["bands.example.org", "ftp://x", "https://x/path", "https://", "https://x?y=1"])
def test_it_takes_addresses_alone(address: str) -> None:
    with pytest.raises(CommandError, match="isn't an address like"):
        call_command("check_proxy", address)


def test_it_asks_the_platform_by_default() -> None:
    with pytest.raises(CommandError) as problem:
        call_command("check_proxy", connect_to="127.0.0.1:1")

    assert "127.0.0.1:1" in str(problem.value)
    assert django_settings.PUBLIC_URL
