"""How many warm anonymous pages a second one web process serves, beside the same view on plain Django."""

from __future__ import annotations

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from django_tenants.utils import tenant_context

from bandstand.devstack.processes import free_port
from bandstand.settings.environment import ROOT

ROUNDS = 5
SECONDS = 4.0
CLIENTS = 4
BANDS = 12
PATH = "/bands/"


def run() -> Iterator[dict[str, object]]:
    """Measure both servers in turn, several times, and compare within each round."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.provisioning import organization_create  # noqa: PLC0415
    from tests.factories.bands import BandFactory  # noqa: PLC0415

    owner, _created = User.objects.get_or_create(email="pages@example.org")
    organization = organization_create(name="Bench", slug="bench-pages", owner=owner)
    with tenant_context(organization):
        for _number in range(BANDS):
            BandFactory(is_published=True)
    ours, plain = free_port(), free_port()
    environment = {"BENCH_SCHEMA": organization.schema_name}
    with served(ours, "bandstand_web.settings", {}), served(plain, "tests.bench.plain.settings", environment):
        for port in (ours, plain):
            requests_per_second(port, organization.host, seconds=1)
        here, peer = [], []
        for _round in range(ROUNDS):
            here.append(requests_per_second(ours, organization.host))
            peer.append(requests_per_second(plain, organization.host))
    ratio = statistics.median(a / b for a, b in zip(here, peer, strict=True))
    yield {
        "what": f"{PATH} with {BANDS} bands, requests/s, one process (peer: plain Django)",
        "here": f"{statistics.median(here):.0f}",
        "peer": f"{statistics.median(peer):.0f}",
        "ratio": f"{ratio:.2f}",
        "goal": ">= 0.9",
    }


@contextlib.contextmanager
def served(port: int, settings: str, extra: dict[str, str]) -> Iterator[None]:
    """Run one web process with these settings."""
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "bandstand_web.asgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--http", "1", "--no-ws", "--log-level", "warning"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "BANDSTAND_WEB_THREADS": "2", **extra}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the web process with {settings} did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    """Whether the process serves."""
    with contextlib.suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def requests_per_second(port: int, host: str, *, seconds: float = SECONDS) -> float:
    """Ask for the page over and over from a few connections; every answer has to be the page."""
    counts: list[int] = []
    end = time.monotonic() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        count = 0
        while time.monotonic() < end:
            connection.request("GET", PATH, headers={"Host": host})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != http.HTTPStatus.OK or b"All Bands" not in body:
                raise SystemExit(f"{PATH} answered {answer.status}")
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=client) for _number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) != CLIENTS:
        raise SystemExit("a client of the benchmark failed")
    return sum(counts) / seconds
