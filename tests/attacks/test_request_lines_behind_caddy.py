"""What compose's proxy makes of ambiguous requests: web gets one host, one length, and lines that end properly."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest

from bandstand.devstack.processes import free_port, wait_until
from tests.required_tools import require
from tests.servers import ROOT

pytestmark = pytest.mark.attack

CADDY = ROOT / "deploy" / "compose" / "caddy"
HOST = "bandstand.localhost"


class Web:
    """Answers each connection once and keeps what came."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    upstream = Web()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def port(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run Caddy with compose's own files, but for its ports and the address of web; gives the port for HTTPS."""
    caddy, folder, https = require("caddy"), tmp_path_factory.mktemp("caddy"), free_port()
    for path in CADDY.iterdir():
        text = path.read_text().replace("web:8000", f"127.0.0.1:{web.port}")
        ports = (
            f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {free_port()}\n\thttps_port {https}\n\ton_demand_tls"
        )
        (folder / path.name).write_text(text.replace("{\n\ton_demand_tls", ports))
    environment = {
        **os.environ,
        "BANDSTAND_DOMAIN": HOST,
        "BANDSTAND_MEDIA_DOMAIN": "bandstand-files.localhost",
        "BANDSTAND_CERTIFICATES": "local",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [caddy, "run", "--config", "Caddyfile"]
    log = folder / "log"
    with log.open("wb") as lines, subprocess.Popen(command, cwd=folder, env=environment, stderr=lines) as server:
        hello = f"GET /up HTTP/1.1\r\nHost: {HOST}\r\n"
        wait_until(lambda: b"200 OK" in send(https, hello), server, what="Caddy", log=log)
        yield https
        server.terminate()


def send(port: int, head: str, body: str = "") -> bytes:
    """Send these bytes over TLS, and return the answer; nothing if there is none."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as line,
        ):
            line.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())
            return b"".join(iter(lambda: line.recv(65536), b""))
    except OSError:
        return b""


def passed_on(web: Web, port: int, head: str, body: str = "") -> tuple[bytes, list[bytes]]:
    """Return Caddy's answer, and what web got."""
    before = len(web.requests)
    answer = send(port, head, body)
    return answer, web.requests[before:]


def test_an_absolute_address_is_passed_on_with_its_own_host(web: Web, port: int) -> None:
    head = f"GET https://evil.example/a HTTP/1.1\r\nHost: {HOST}\r\n"

    _answer, (request,) = passed_on(web, port, head)

    assert request.startswith(b"GET /a HTTP/1.1\r\n")
    assert request.lower().count(b"\r\nhost:") == 1
    assert b"\r\nHost: evil.example\r\n" in request, "which web answers as any host that it doesn't know"


def test_lines_that_end_without_a_return_are_written_anew(web: Web, port: int) -> None:
    _answer, (request,) = passed_on(web, port, f"GET /b HTTP/1.1\nHost: {HOST}\nX-One: 1\n")

    assert b"\r\nX-One: 1\r\n" in request
    assert request.count(b"\n") == request.count(b"\r\n")


@pytest.mark.parametrize(
    "fields",
    [
        f"Host: {HOST}\r\nHost: evil.example\r\n",
        f"Host: {HOST}\r\nTransfer-Encoding: xchunked\r\n",
        f"Host: {HOST}\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
        f"Host: {HOST}\r\nX Space: 1\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_reaches_nobody(web: Web, port: int, fields: str) -> None:
    answer, requests = passed_on(web, port, f"POST /c HTTP/1.1\r\n{fields}", "abcd")

    assert answer[9:12] in {b"400", b"501"}
    assert requests == []


def test_of_two_lengths_web_gets_one(web: Web, port: int) -> None:
    fields = f"Host: {HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"

    answer, requests = passed_on(web, port, f"POST /d HTTP/1.1\r\n{fields}", "0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n")

    assert all(b"hidden" not in request for request in requests)
    for request in requests:
        lengths = request.lower().count(b"\r\ncontent-length:") + request.lower().count(b"\r\ntransfer-encoding:")
        assert lengths == 1
    assert answer
