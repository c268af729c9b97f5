"""Migrating beside a database that isn't there yet, pods that wait for it, and portals that may fail alone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import CommandError

from bandstand.devstack.processes import free_port
from bandstand.tenancy.management.commands import migrate
from bandstand.tenancy.migrating import Outcome
from tests import prepared

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Command:
    """A command that runs, and what it says."""

    process: prepared.Child
    said: TextIO


def start(command: str, *options: str, database: str) -> Command:
    environment = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "bandstand_web.settings"}
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as saying:
        process = prepared.begin("manage.py", command, *options, environment=environment, stdout=saying, stderr=saying)
    return Command(process, os.fdopen(reading))


def ended(command: Command) -> tuple[int, str]:
    with command.said:
        output = command.said.read()
    return command.process.wait(120), output


def waiting(command: Command) -> str:
    """Return the first thing that the command says it waits for."""
    return next(line for line in command.said if line.startswith("waiting: "))


def at(port: int) -> str:
    """Return the owner's address of the database as if it listened on `port`."""
    found = urlsplit(os.environ["MIGRATION_DATABASE_URL"])
    account = found.netloc.rpartition("@")[0]
    return urlunsplit(found._replace(netloc=f"{account}@{LOOPBACK}:{port}"))


@contextlib.contextmanager
def leading_to_the_database(port: int) -> Iterator[None]:
    """Listen on `port`, and pass on what comes to the real server and back."""
    server = urlsplit(os.environ["MIGRATION_DATABASE_URL"])
    with socket.create_server((LOOPBACK, port)) as listener:
        threading.Thread(target=_accept, args=(listener, (server.hostname, server.port)), daemon=True).start()
        yield


def _accept(listener: socket.socket, server: tuple[str, int]) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _address = listener.accept()
            upstream = socket.create_connection(server)
            for source, target in ((client, upstream), (upstream, client)):
                threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


@pytest.mark.long
def test_the_first_migration_waits_for_its_database() -> None:
    port = free_port()
    process = start("migrate", "--wait-for-database", "60", database=at(port))
    said = waiting(process)
    with leading_to_the_database(port):
        code, output = ended(process)

    assert "refused" in said or "pool" in said
    assert code == 0, output
    assert "Up to date" in output


@pytest.mark.long
def test_it_says_what_it_waited_for_in_vain() -> None:
    port = free_port()
    code, output = ended(start("migrate", "--wait-for-database", "0.5", database=at(port)))

    assert code == 1
    assert "Waited 0.5 seconds: " in output
    assert "Traceback" not in output


def test_a_database_that_takes_no_writes_is_waited_for() -> None:
    name = urlsplit(os.environ["MIGRATION_DATABASE_URL"]).path.lstrip("/")
    admin = json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"]
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            process = start("migrate", "--wait-for-database", "60", database=os.environ["MIGRATION_DATABASE_URL"])
            said = waiting(process)
        finally:
            server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    code, output = ended(process)

    assert said == "waiting: the database is read-only\n"
    assert code == 0, output


def test_pods_wait_until_migrations_are_there() -> None:
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"], autocommit=True) as server:
        server.execute("UPDATE public.organizations_schematemplate SET digest = reverse(digest)")
        try:
            process = start("wait_for_migrations", "--seconds", "60", database=os.environ["DATABASE_URL"])
            said = waiting(process)
        finally:
            server.execute("UPDATE public.organizations_schematemplate SET digest = reverse(digest)")
    code, output = ended(process)

    assert said == "waiting: migrations are pending\n"
    assert code == 0, output


@pytest.mark.parametrize(
    ("total", "failed", "tolerated", "passes"),
    [(10, 1, 0, False), (10, 1, 1, True), (10, 2, 1, False), (1, 1, 1, False), (3, 3, 5, False)],
)
def test_portals_that_fail_stop_a_release_if_they_are_many_or_all(
    total: int, failed: int, tolerated: int, passes: bool
) -> None:
    outcome = Outcome(total=total, failed={f"t_{number}": "broken" for number in range(failed)})
    said = io.StringIO()
    command = migrate.Command(stderr=said)  # type: ignore[arg-type] # Django takes any stream
    with contextlib.nullcontext() if passes else pytest.raises(CommandError, match=f"{failed} tenants failed"):
        command._tolerate(outcome, tolerated)
    assert ("closes them" in said.getvalue()) is passes
