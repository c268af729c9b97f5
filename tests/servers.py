"""A pytest plugin that gives every test process a database and a Valkey database of its own, before Django starts.

The servers are those of `DATABASE_URL`/`REDIS_URL` where set, else the embedded ones. One database is migrated per
state of the migrations and kept; each process works on a copy of it, which PostgreSQL makes in a fraction of a second.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from bandstand.devstack.postgres import database_create, database_exists
from bandstand.devstack.stack import Stack

ROOT = Path(__file__).resolve().parents[1]
_KEEP = "bandstand_migrated"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set the environment that settings read, before pytest-django loads them."""
    if "BANDSTAND_TEST_STACK" not in os.environ:
        _start_stack(early_config)
        Thread(target=_migrate_ahead, name="migrating", daemon=True).start()  # while tests are collected
    prepare(worker_number())
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make this process's database. The process that starts those of pytest-xdist collects nothing, and needs none."""
    if not session.config.option.collectonly:
        database_copy(_name(worker_number()), valkey=worker_number() + 1)


def _start_stack(config: pytest.Config) -> None:
    """Start the servers in the first process; those of pytest-xdist find them in the environment."""
    stack = Stack("test", durable=False).start()
    config.add_cleanup(stack.stop)
    os.environ["BANDSTAND_TEST_STACK"] = json.dumps(
        {
            "admin": stack.admin_url,
            "owner": stack.owner_url(),
            "runtime": stack.runtime_url(),
            "valkey": stack.redis_url(),
        }
    )
    os.environ["BANDSTAND_PG_DUMP"] = stack.pg_dump


def worker_number() -> int:
    """Return this process's number among pytest-xdist's; 0 without it."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def prepare(number: int) -> None:
    """Point the environment at the database of process `number`."""
    media = ROOT / ".local" / "test" / f"media-{number}"
    os.environ.update(BANDSTAND_PROFILE="test", EMAIL_URL="memorymail://", BANDSTAND_MEDIA=str(media))
    os.environ.update(addresses_of(_name(number), valkey=number + 1))


def _name(number: int) -> str:
    return f"test_bandstand_{number}"


def addresses_of(name: str, *, valkey: int) -> dict[str, str]:
    """Return the environment that points at the database of this name and a Valkey database."""
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    return {
        "REDIS_URL": with_path(servers["valkey"], str(valkey)),
        "DATABASE_URL": with_path(servers["runtime"], name),
        "MIGRATION_DATABASE_URL": with_path(servers["owner"], name),
    }


def database_copy(name: str, *, valkey: int) -> dict[str, str]:
    """Make a migrated database of this name afresh; return the environment that points at it and a Valkey database."""
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    with _locked(servers["admin"]) as server:
        _migrate_once(server, servers)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        database_create(servers["admin"], name, template=kept_database(), **_roles(servers))
    return addresses_of(name, valkey=valkey)


@contextmanager
def _locked(admin: str) -> Iterator[psycopg.Connection]:
    """Processes start together: one migrates, the others wait for it here."""
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_KEEP])
        yield server
        server.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_KEEP])


def _migrate_ahead() -> None:
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    # Whoever wants the database tries again, and says why there is none.
    with suppress(pytest.UsageError, psycopg.Error), _locked(servers["admin"]) as server:
        _migrate_once(server, servers)


def _migrate_once(server: psycopg.Connection, servers: Mapping[str, str]) -> None:
    kept = kept_database()
    if not database_exists(servers["admin"], kept):
        _drop_others(server, kept)
        _migrated_database(server, servers, kept)


def _roles(servers: Mapping[str, str]) -> dict[str, str]:
    return {name: role_of(servers[name]) for name in ("owner", "runtime")}


def kept_database(tree: Path = ROOT) -> str:
    """Return the name of the database that is migrated once and copied."""
    return f"{_KEEP}_{migrations_digest(tree)}"


def migrations_digest(tree: Path) -> str:
    """Return what identifies the migrations, the roles and the tables they leave."""
    text = hashlib.sha256()
    shared = tree / "shared" / "bandstand"
    roles = [shared / "accounts" / "roles.py", *(shared / "content").glob("*.py"), *shared.glob("*/apps.py")]
    parts = [*shared.glob("*/migrations/*.py"), *roles, shared / "settings" / "base.py"]
    for path in [*sorted(parts), tree / "uv.lock"]:
        text.update(path.read_bytes())
    return text.hexdigest()[:12]


def _migrated_database(server: psycopg.Connection, servers: Mapping[str, str], name: str) -> None:
    unfinished = f"{name}_unfinished"
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(unfinished)))
    database_create(servers["admin"], unfinished, **_roles(servers))
    environment = {**os.environ, "DATABASE_URL": with_path(servers["owner"], unfinished)}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise pytest.UsageError(f"migrating the test database failed:\n{done.stdout}\n{done.stderr}")
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name)))


def _drop_others(server: psycopg.Connection, kept: str) -> None:
    rows = server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s AND datname <> %s", [f"{_KEEP}%", kept]
    )
    for (name,) in rows.fetchall():
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def role_of(url: str) -> str:
    """Return the role that connects to `url`."""
    return str(psycopg.conninfo.conninfo_to_dict(url).get("user", "")) or getpass.getuser()


def with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
