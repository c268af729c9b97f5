"""`make run`, for real: it serves, ends without a trace, and says in one sentence why it can't start."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bandstand.devstack.processes import free_port
from tests.shared.devstack.family import Program, all_gone, descendants
from tests.waiting import wait_until

pytestmark = pytest.mark.long

# What tells a process from the others of the family.
WEB, WORKER, DISPATCHER = "-m granian", "-m bandstand_worker", "-m bandstand_worker dispatch"
POSTGRES, VALKEY = "bin/postgres -D", "valkey-server"


@dataclass
class Product:
    """A running product."""

    program: Program
    port: int

    @property
    def family(self) -> dict[int, str]:
        return descendants(self.program.process.pid)

    def leader(self, command: str) -> int:
        """Return the number of the part with this command: the oldest of those that have it."""
        return min(number for number, shown in self.family.items() if shown.endswith(command) or f"{command} " in shown)

    def get(self, path: str, host: str) -> int:
        """Return the status of the answer to a GET."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        asking.request("GET", path, headers={"Host": f"{host}:{self.port}"})
        return asking.getresponse().status


@pytest.fixture
def run(state: Path) -> Iterator[Callable[[], Product]]:
    """Start the product on a free port, with data of its own that stay from test to test."""
    products: list[Product] = []

    def start() -> Product:
        port = free_port()
        environment = {
            "BANDSTAND_STATE_DIR": str(state),
            "BANDSTAND_MEDIA": str(state / "files" / "media"),
            "BANDSTAND_PORT": str(port),
        }
        product = Product(Program("-m", "bandstand.devstack", "run", environment=environment), port)
        products.append(product)
        product.program.line("Stop with Ctrl-C", seconds=120)
        return product

    yield start
    for product in products:
        if product.program.process.poll() is None:
            product.program.end(signal.SIGTERM)


def test_it_serves_prints_where_and_ends_without_a_trace(run: Callable[[], Product]) -> None:
    product = run()
    family = product.family

    said = product.program.said
    for address in ("http://bandstand.localhost", "http://demo.bandstand.localhost"):
        assert f"{address}:{product.port}" in said
    assert f"http://bandstand.localhost:{product.port}/mailbox/" in said
    assert product.get("/signup/", "bandstand.localhost") == 200
    assert product.get("/mailbox/", "bandstand.localhost") == 200
    assert product.get("/", "demo.bandstand.localhost") == 200
    assert product.get("/", "nobody.bandstand.localhost") == 404

    assert product.program.end(signal.SIGINT) == 0

    assert all_gone(family)
    assert "Traceback" not in product.program.said


def test_it_ends_without_a_trace_when_it_is_killed_and_starts_again(run: Callable[[], Product]) -> None:
    product = run()
    family = product.family

    product.program.end(signal.SIGKILL)

    wait_until(lambda: all_gone(family), "all parts end")
    assert run().family


# One of each kind, what is started as a part and what is a server; `make chaos` kills each.
@pytest.mark.parametrize(
    "command", [WORKER, POSTGRES, *(pytest.param(each, marks=pytest.mark.chaos) for each in (WEB, DISPATCHER, VALKEY))]
)
def test_it_ends_wholly_when_a_part_is_killed(run: Callable[[], Product], command: str) -> None:
    product = run()
    family = product.family

    Program("-c", f"import os; os.kill({product.leader(command)}, 9)", environment={})

    assert product.program.process.wait(30) == 1
    assert "ended, so everything stops" in product.program.said
    assert all_gone(family)


def test_it_names_the_setting_when_the_port_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        program = Program("-m", "bandstand.devstack", "run", environment={"BANDSTAND_PORT": str(port)})

        assert program.process.wait(20) == 1
    assert program.line("taken") == f"Port {port} is taken: stop what uses it, or set BANDSTAND_PORT to another one.\n"
    assert len(program.lines) == 1


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_it_names_the_setting_when_the_port_is_none(port: str) -> None:
    program = Program("-m", "bandstand.devstack", "run", environment={"BANDSTAND_PORT": port})

    assert program.process.wait(20) == 1
    assert program.line("BANDSTAND_PORT") == f"BANDSTAND_PORT is {port!r}; give a number from 1 to 65535.\n"
