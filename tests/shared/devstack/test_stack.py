"""The embedded servers keep their data, leave nothing behind, and give each role what it needs and no more."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import psycopg
import pytest
import redis
from psycopg import errors

from bandstand.devstack.stack import Stack, StackInUseError, servers
from tests.shared.devstack.family import Program, all_gone, descendants
from tests.waiting import wait_until

pytestmark = pytest.mark.long

OWN_A_STACK = """
import json, signal, sys
from bandstand.devstack.stack import Stack
with Stack(sys.argv[1]) as stack:
    stack.ensure_database()
    print(json.dumps({"admin": stack.admin_url, **stack.environment()}), flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
"""


@dataclass
class Owner:
    """Another process that owns a stack."""

    program: Program
    urls: dict[str, str]

    def insert(self, words: str) -> None:
        with psycopg.connect(self.urls["MIGRATION_DATABASE_URL"]) as database:
            database.execute("CREATE TABLE IF NOT EXISTS kept (words text)")
            database.execute("INSERT INTO kept VALUES (%s)", [words])
        with redis.Redis.from_url(self.urls["REDIS_URL"]) as valkey:
            valkey.set("kept", words)
            valkey.execute_command("WAITAOF", 1, 0, 5000)

    def kept(self) -> tuple[list[str], bytes]:
        with psycopg.connect(self.urls["DATABASE_URL"]) as database:
            rows = [row[0] for row in database.execute("SELECT words FROM kept").fetchall()]
        with redis.Redis.from_url(self.urls["REDIS_URL"]) as valkey:
            return rows, valkey.get("kept")

    @property
    def processes(self) -> dict[int, str]:
        return descendants(self.program.process.pid)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """End the owner and see that its servers end as well."""
        servers_of_it = self.processes
        assert len(servers_of_it) > 2
        self.program.end(sign)
        wait_until(lambda: all_gone(servers_of_it), f"servers end after {sign.name}")


@pytest.fixture
def own(state: Path) -> Iterator[Callable[[str], Owner]]:
    """Start another process that owns the stack of a given name."""
    owners: list[Owner] = []

    def start(name: str) -> Owner:
        program = Program("-c", OWN_A_STACK, name, environment={"BANDSTAND_STATE_DIR": str(state)})
        owners.append(Owner(program, json.loads(program.line("{"))))
        return owners[-1]

    yield start
    for owner in owners:
        if owner.program.process.poll() is None:
            owner.stop()


@pytest.fixture
def here(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stacks of this process stand in the same place, and be embedded ones."""
    monkeypatch.setenv("BANDSTAND_STATE_DIR", str(state))
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=lambda sign: sign.name)
def test_it_keeps_its_data_and_starts_again(own: Callable[[str], Owner], sign: signal.Signals) -> None:
    song = f"a song before {sign.name}"
    first = own("one")
    first.insert(song)
    first.stop(sign)

    rows, value = own("one").kept()

    assert song in rows
    assert value == song.encode()


def test_it_starts_again_at_once_after_a_kill(own: Callable[[str], Owner]) -> None:
    own("one").program.end(signal.SIGKILL)  # its servers are still writing

    assert own("one").processes


def test_it_waits_for_the_last_process_of_the_former_server(own: Callable[[str], Owner]) -> None:
    first = own("one")
    (server,) = (number for number, command in first.processes.items() if " -D " in command)
    (late,) = (number for number, command in first.processes.items() if "checkpointer" in command)
    os.kill(late, signal.SIGSTOP)
    os.kill(server, signal.SIGKILL)
    first.program.end(signal.SIGKILL)
    Timer(3, os.kill, (late, signal.SIGCONT)).start()

    assert own("one").processes
    assert all_gone([late])


def test_it_makes_its_data_anew_when_it_was_killed_while_making_them(own: Callable[[str], Owner], state: Path) -> None:
    environment = {"BANDSTAND_STATE_DIR": str(state)}
    killed = Program("-c", OWN_A_STACK, "newborn", environment=environment)
    wait_until(lambda: any((state / "newborn").glob("postgres.unfinished-*/base")), "data are being made")
    killed.process.kill()

    newborn = own("newborn")
    newborn.insert("a song")

    assert newborn.kept()[0] == ["a song"]


def test_it_ignores_the_lock_file_of_a_process_that_is_no_server(own: Callable[[str], Owner], state: Path) -> None:
    own("one").stop()
    (state / "one" / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert own("one").processes


def test_it_has_one_owner_at_a_time(own: Callable[[str], Owner], here: None) -> None:
    own("one")

    with pytest.raises(StackInUseError, match="BANDSTAND_STATE_DIR"):
        Stack("one").start()


def test_it_lends_what_another_process_runs(own: Callable[[str], Owner], here: None) -> None:
    owner = own("one")

    with servers("one") as found:
        assert found["DATABASE_URL"] == owner.urls["DATABASE_URL"]
    assert owner.processes


def test_it_starts_what_nobody_runs_for_as_long_as_it_is_needed(here: None) -> None:
    with servers("brief") as found, psycopg.connect(found["DATABASE_URL"]) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
        running = descendants(os.getpid())

    assert [number for number, command in running.items() if "postgres" in command]
    assert not [command for command in descendants(os.getpid()).values() if "/brief/" in command]


def test_it_starts_nothing_where_addresses_are_given(here: None, state: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://bandstand@db/bandstand",
        "MIGRATION_DATABASE_URL": "postgresql://owner@db/bandstand",
        "REDIS_URL": "redis://valkey/0",
    }

    with Stack("given", source=given) as stack:
        assert stack.environment()["PAGE_CACHE_URL"] == ""
        assert {name: stack.environment()[name] for name in given} == given
    assert not (state / "given").exists()


def test_it_runs_no_server_of_postgresql_as_root(own: Callable[[str], Owner], state: Path) -> None:
    own("one")

    assert (state / "one" / "postgres").stat().st_uid != 0
    assert (state / "one" / "postgres").stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def roles(state: Path) -> Iterator[dict[str, str]]:
    """The addresses of the roles, on a server of this module's own."""
    program = Program("-c", OWN_A_STACK, "roles", environment={"BANDSTAND_STATE_DIR": str(state)})
    yield json.loads(program.line("{"))
    program.end(signal.SIGINT)


def test_it_lets_the_runtime_role_work_with_what_the_owner_made(roles: dict[str, str]) -> None:
    with psycopg.connect(roles["MIGRATION_DATABASE_URL"]) as owner:
        owner.execute("CREATE TABLE bands (id bigint GENERATED BY DEFAULT AS IDENTITY, name text)")

    with psycopg.connect(roles["DATABASE_URL"]) as runtime:
        runtime.execute("INSERT INTO bands (name) VALUES ('The Wires')")
        runtime.execute("UPDATE bands SET name = 'The Cables'")
        assert runtime.execute("SELECT name FROM bands").fetchall() == [("The Cables",)]
        runtime.execute("DELETE FROM bands")
        runtime.execute("CREATE SCHEMA org_a_portal CREATE TABLE members (id bigint)")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.loot (id bigint)",
        "CREATE ROLE accomplice",
        "CREATE DATABASE hideout",
        "ALTER SCHEMA public RENAME TO private",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "SET ROLE bandstand_owner",
        "SET ROLE postgres",
    ],
)
def test_it_refuses_the_runtime_role_more(roles: dict[str, str], statement: str) -> None:
    connection = psycopg.connect(roles["DATABASE_URL"], autocommit=True)
    with connection as runtime, pytest.raises(errors.InsufficientPrivilege):
        runtime.execute(statement)


def test_it_ships_what_searching_needs(roles: dict[str, str]) -> None:
    with psycopg.connect(roles["MIGRATION_DATABASE_URL"]) as owner:
        owner.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

        assert owner.execute("SELECT unaccent('Motörhead'), 'motor' <% 'motorhead'").fetchone() == ("Motorhead", True)
        assert owner.execute("SHOW server_encoding").fetchone() == ("UTF8",)
