"""The web process as it runs in production, on a socket, and bytes sent to it as attackers send them."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bandstand.devstack.processes import free_port
from bandstand.devstack.product import parts
from bandstand.settings.workspace import ROOT

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value; empty where there is none."""
        found = re.search(rf"^{name}: (.*?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else ""


@dataclass(frozen=True)
class Served:
    """A running web process."""

    port: int

    def connect(self, *, timeout: float = 10) -> socket.socket:
        """Return a connection."""
        return socket.create_connection((LOOPBACK, self.port), timeout=timeout)

    def send(self, request: bytes, *, timeout: float = 20) -> Answer:
        """Send bytes as they are, and return the answer. The request should ask for the connection's end."""
        with self.connect(timeout=timeout) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            return answer_on(connection)

    def get(self, path: str, host: str, *, timeout: float = 20) -> Answer:
        """Ask for a page."""
        return self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), timeout=timeout)


def answer_on(connection: socket.socket) -> Answer:
    """Return what comes until the connection's end."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    body = answer.read()
    return Answer(answer.status, f"\n{answer.headers}", body)


@contextlib.contextmanager
def served(*, prefix: Sequence[str] = (), **environment: str) -> Iterator[Served]:
    """Run the web process of `make run` on this test process's own database; `prefix` is a command that runs it."""
    port = free_port()
    web = next(part for part in parts(port) if part.name == "web")
    process = subprocess.Popen(
        [*prefix, *web.command],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_web.settings", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Served(port)
    try:
        deadline = time.monotonic() + 90
        while not _answers(server):
            assert process.poll() is None, "the web process ended"
            assert time.monotonic() < deadline, "the web process did not start"
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _answers(server: Served) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return server.get("/healthz", "any").status == http.HTTPStatus.OK
    return False
