"""One web process, and what it answers."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bandstand.devstack.processes import free_port
from bandstand.settings.workspace import ROOT


def ask(
    port: int, host: str, path: str, headers: dict[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    """Return status, body and headers of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Host": host, **(headers or {})})
    answer = connection.getresponse()
    with contextlib.closing(connection):
        return answer.status, answer.read(), answer.headers


@contextlib.contextmanager
def served(settings: str, extra: dict[str, str], application: str = "bandstand_web.asgi") -> Iterator[int]:
    """Run one web process with these settings on a port of its own."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asginl", f"{application}:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--http", "1", "--no-ws", "--log-level", "warning"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "BANDSTAND_WEB_THREADS": "2", **extra}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web process with {settings} did not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def answers(port: int) -> bool:
    """Whether the process serves."""
    with contextlib.suppress(OSError):
        return ask(port, "localhost", "/healthz")[0] == http.HTTPStatus.OK
    return False
