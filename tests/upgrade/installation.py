"""Servers and processes of an installation that is upgraded while it is used."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg
import pyrage

from bandstand.devstack.places import state_folder
from bandstand.devstack.postgres import ADMIN, OWNER, RUNTIME, Postgres, database_create, database_exists
from bandstand.devstack.processes import die_with_parent, free_port
from bandstand.devstack.valkey import Valkey
from tests.upgrade.versions import ROOT, Version

DATABASE = "upgrade"
GRACE_SECONDS = 20
BACKUP_KEY = str(pyrage.x25519.Identity.generate())


class Installation:
    """PostgreSQL, Valkey, and the processes of two versions. Use it as a context manager.

    Another one beside it is a `cell` of its own.
    """

    def __init__(self, folder: Path, *, cell: str = "", port: int = 0, others: str = "") -> None:
        self.logs = folder
        self.port = port
        self.pg_dump: Path | None = None  # another one than the server's
        self._cell = {"BANDSTAND_CELL": cell, "BANDSTAND_CELLS": others} if cell else {}
        state = state_folder(f"upgrade{cell}")
        self.postgres = Postgres(state)
        self.valkey = Valkey(state, durable=False)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            self.valkey.start()
            admin = self.postgres.url(ADMIN)
            if database_exists(admin, DATABASE):  # of a rehearsal that was killed
                with psycopg.connect(admin, autocommit=True) as link:
                    link.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
            database_create(admin, DATABASE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGKILL)  # its children, too
            process.wait()
        self.valkey.stop()
        self.postgres.stop()

    def environment(self, version: Version) -> dict[str, str]:
        """Return what processes of that version find in their environment."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("BANDSTAND_")},
            **version.environment(),
            "DJANGO_SETTINGS_MODULE": "bandstand_web.settings",
            "BANDSTAND_PROFILE": "test",
            "DATABASE_URL": self.postgres.url(RUNTIME, DATABASE),
            "REDIS_URL": self.valkey.url(),
            "BANDSTAND_PG_DUMP": str(self.pg_dump or self.postgres.pg_dump),
            "BANDSTAND_MEDIA": str(self.logs / "media"),
            "BANDSTAND_BACKUPS": str(self.logs / "backups"),
            "BANDSTAND_BACKUP_KEY": BACKUP_KEY,
            "BANDSTAND_PORTALS_PER_OWNER": "0",
            "BANDSTAND_WORKER_GRACE_SECONDS": str(GRACE_SECONDS),
            "BANDSTAND_WORKER_CONCURRENCY": "2",
            "BANDSTAND_LOG_LEVEL": "WARNING",
            "EMAIL_URL": "dummymail://",
            **self._cell,
        }

    def be_alone(self) -> None:
        """Know of no other cell from the next start on."""
        self._cell.pop("BANDSTAND_CELLS", None)

    def through(self, version: Version) -> str:
        """Return the command that runs manage.py here, from any other place."""
        own = {name: value for name, value in self.environment(version).items() if os.environ.get(name) != value}
        return shlex.join(["env", *map("=".join, own.items()), sys.executable, "-m", "django"])

    def migrate(self, version: Version, *options: str) -> float:
        """Migrate as the owner and return the seconds that it took. Raises RuntimeError with its last words."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "django", "migrate", *options],
            env={**self.environment(version), "DATABASE_URL": self.postgres.url(OWNER, DATABASE)},
            cwd=version.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"migrating to {version.name} failed:\n{done.stdout}\n{done.stderr}")
        return time.monotonic() - begun

    def run(self, version: Version, *arguments: str) -> str:
        """Run Python to its end and return what it printed. Raises RuntimeError with its last words."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(version),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def start(self, name: str, version: Version, *arguments: str, cwd: Path | None = None) -> None:
        """Start a process."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment(version),
                cwd=cwd or version.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - it calls prctl and nothing else
            )

    def start_web(self, name: str, version: Version) -> int:
        """Start a web process as the image does, and return its port."""
        port = self.port or free_port()
        arguments = ("-m", "granian", "--interface", "asginl", "bandstand_web.asgi:application", "--host", "127.0.0.1")
        bounds = ("--port", str(port), "--http", "1", "--no-ws", "--http1-buffer-size", "65536", "--workers", "1")
        self.start(name, version, *arguments, *bounds, "--workers-kill-timeout", "20", "--log-level", "warning")
        return port

    def stop(self, name: str) -> int:
        """Send SIGTERM and return the exit code. Raises TimeoutExpired when the grace isn't enough."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            return process.wait(GRACE_SECONDS + 15)
        finally:
            process.kill()

    def log(self, name: str) -> str:
        """Return the end of what a process said."""
        return (self.logs / f"{name}.log").read_text(errors="replace")[-3000:]

    def all(self, question: str) -> list[tuple[Any, ...]]:
        """Return what the database answers."""
        with psycopg.connect(self.postgres.url(RUNTIME, DATABASE), autocommit=True) as link:
            return link.execute(question).fetchall()


def wait(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when `ready()`. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.1)
