"""PostgreSQL and Valkey together: the real servers that `DATABASE_URL` and `REDIS_URL` name, else the embedded ones."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Self

from bandstand.devstack.places import state_folder
from bandstand.devstack.postgres import ADMIN, OWNER, RUNTIME, Postgres, database_create, database_exists
from bandstand.devstack.processes import StackError
from bandstand.devstack.valkey import Valkey

DATABASE = "bandstand"
ENVIRONMENT_FILE = "environment.json"


class StackInUseError(StackError):
    """Another process owns the stack of this name."""


class Stack:
    """The servers behind one `make run` or one test run. One process owns a stack of a given name at a time."""

    def __init__(self, name: str, *, durable: bool = True, source: Mapping[str, str] | None = None) -> None:
        given = os.environ if source is None else source
        self._given_database = given.get("DATABASE_URL", "")
        self._given_owner = given.get("MIGRATION_DATABASE_URL", "") or self._given_database
        self._given_redis = given.get("REDIS_URL", "")
        self.name = name
        self.folder = state_folder(name)
        self._lock: IO[str] | None = None
        self.postgres = None if self._given_database else Postgres(self.folder, durable=durable)
        self.valkey = None if self._given_redis else Valkey(self.folder, durable=durable)

    def start(self) -> Self:
        """Start what isn't given. Raises StackError; StackInUseError when another process owns this stack."""
        self._claim()
        try:
            if self.postgres:
                self.postgres.start()
            if self.valkey:
                self.valkey.start()
            self._write_environment()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop what was started."""
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()
        if self._lock:
            self._lock.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def ensure_database(self, name: str = DATABASE) -> None:
        """Create the embedded server's database where it is missing."""
        if self.postgres and not database_exists(self.admin_url, name):
            database_create(self.admin_url, name)

    @property
    def admin_url(self) -> str:
        """Address for a role that may create databases."""
        return self.postgres.url(ADMIN) if self.postgres else self._given_owner

    def owner_url(self, database: str = DATABASE) -> str:
        """Address for the role that migrates."""
        return self.postgres.url(OWNER, database) if self.postgres else self._given_owner

    def runtime_url(self, database: str = DATABASE) -> str:
        """Address for the role that web and worker run as."""
        return self.postgres.url(RUNTIME, database) if self.postgres else self._given_database

    def redis_url(self, database: int = 0) -> str:
        """Address of cache and transport."""
        return self.valkey.url(database) if self.valkey else self._given_redis

    @property
    def pg_dump(self) -> str:
        """The pg_dump program that fits the server."""
        return str(self.postgres.pg_dump) if self.postgres else os.environ.get("BANDSTAND_PG_DUMP", "pg_dump")

    def environment(self) -> dict[str, str]:
        """Return the variables that point Bandstand's processes at these servers."""
        return {
            "BANDSTAND_PROFILE": os.environ.get("BANDSTAND_PROFILE", "development"),
            "DATABASE_URL": self.runtime_url(),
            "MIGRATION_DATABASE_URL": self.owner_url(),
            "REDIS_URL": self.redis_url(),
            "BANDSTAND_PG_DUMP": self.pg_dump,
        }

    def _claim(self) -> None:
        self._lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise StackInUseError(
                f"Another process uses the servers in {self.folder} already. Stop it, or set BANDSTAND_STATE_DIR."
            ) from None

    def _write_environment(self) -> None:
        path = self.folder / ENVIRONMENT_FILE
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.environment()))


@contextmanager
def servers(name: str) -> Iterator[dict[str, str]]:
    """Give the environment of the stack called `name`: of the one that runs, else of one started for the meantime."""
    stack = Stack(name)
    try:
        stack.start()
    except StackInUseError:
        yield json.loads((stack.folder / ENVIRONMENT_FILE).read_text())
        return
    try:
        stack.ensure_database()
        yield stack.environment()
    finally:
        stack.stop()
