"""A database, a Valkey and processes that a test may spoil, and what somebody at a browser gets from them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import redis
from psycopg import sql

from bandstand.devstack.processes import die_with_parent
from bandstand.devstack.valkey import Valkey
from tests.attacks.serving import Answer, Served, served
from tests.servers import ROOT, database_copy, worker_number

PLATFORM = "bandstand.localhost"
_TOKEN = secrets.token_hex(16)
ACCOUNTS = 2000
Change = Callable[[dict[str, str]], dict[str, str]]


@dataclass
class Installation:
    """One installation of a test's own. `installation` makes one."""

    database: str
    admin: str
    valkey: Valkey
    environment: dict[str, str]
    web: Served
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))  # of accounts that did nothing yet

    def page(self, path: str = "/accounts/login/") -> Answer:
        """Ask the platform for a page, with the cookie of a session, which is looked up in the database."""
        head = (
            f"GET {path} HTTP/1.1",
            f"Host: {PLATFORM}",
            f"Cookie: sessionid={secrets.token_hex(16)}",
            "Connection: close",
        )
        return self.web.send(("\r\n".join(head) + "\r\n\r\n").encode(), timeout=60)

    def write(self) -> Answer:
        """Do what stores something and enqueues a job: ask for a new password, as a visitor never seen before."""
        return self.ask_for_password(next(self.numbers))

    def ask_for_password(self, number: int) -> Answer:
        """Ask for a new password as one of ACCOUNTS."""
        body = urlencode({"email": address(number)})
        head = (
            "POST /accounts/password/reset/ HTTP/1.1",
            f"Host: {PLATFORM}",
            f"X-Forwarded-For: 198.51.{number // 250 % 250}.{number % 250 + 1}",
            f"Cookie: csrftoken={_TOKEN}",
            f"X-CSRFToken: {_TOKEN}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        return self.web.send(("\r\n".join(head) + "\r\n\r\n" + body).encode(), timeout=60)

    def ready(self) -> dict[str, Any]:
        """Return what /readyz says, and `ready`."""
        answer = self.page("/readyz")
        return {**json.loads(answer.body), "ready": answer.status == http.HTTPStatus.OK}

    def becomes(self, wanted: Callable[[], bool], seconds: float) -> float:
        """Wait until `wanted`, and return after how many seconds it was; fails after `seconds`."""
        began = time.monotonic()
        while not wanted():
            waited = time.monotonic() - began
            assert waited < seconds, f"not within {seconds} s: {self.ready()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement as PostgreSQL's administrator, outside the database concerned; `{}` is its name."""
        text = sql.SQL(statement).format(sql.Identifier(self.database))
        return _run(self.admin, text, values)

    def inside(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement as PostgreSQL's administrator in the database."""
        return _run(psycopg.conninfo.make_conninfo(self.admin, dbname=self.database), sql.SQL(statement), values)

    def disconnect(self) -> None:
        """End all connections to the database."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", self.database)

    def redis(self) -> redis.Redis:
        """Return a client of the Valkey."""
        return redis.Redis.from_url(self.valkey.url())

    def start(self, name: str, *command: str, **environment: str) -> None:
        """Start a process of the worker's."""
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "bandstand_worker", *command],
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings", **environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - it calls prctl and nothing else
        )

    def stop(self) -> None:
        """Stop these processes."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(60)


def address(number: int) -> str:
    """Return the address of an account."""
    return f"visitor{number}@example.org"


_MAKE_ACCOUNTS = """
    WITH made AS (
        INSERT INTO accounts_user (email, password, name, is_active, is_staff, is_superuser, date_joined)
        SELECT 'visitor' || number || '@example.org', '!', '', true, false, false, now()
        FROM generate_series(1, %s) AS number RETURNING id, email
    )
    INSERT INTO account_emailaddress (user_id, email, verified, "primary") SELECT id, email, true, true FROM made
"""


def _run(address: str, text: sql.Composable, values: Sequence[Any]) -> list[Any]:
    with psycopg.connect(address, autocommit=True) as server:
        cursor = server.execute(text, values)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def installation(
    name: str, *, prefix: Sequence[str] = (), change: Change = lambda found: found, **environment: str
) -> Iterator[Installation]:
    """Run an installation and take everything of it away at the end.

    `change` may exchange what its environment says, once its servers run; `prefix` is a command that runs web.
    """
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    database = f"refusing_{name}_{worker_number()}"
    with tempfile.TemporaryDirectory(prefix="bandstand-refusing-") as folder:
        valkey = Valkey(Path(folder), durable=False)
        valkey.start()
        try:
            found = database_copy(database, valkey=0)
            found |= {"REDIS_URL": valkey.url(), "BANDSTAND_MEDIA": f"{folder}/media", "BANDSTAND_TRUSTED_PROXIES": "1"}
            found = change({**found, "BANDSTAND_MAILS_PER_HOUR": "0", **environment})
            with served(prefix=prefix, **found) as web:
                made = Installation(database, servers["admin"], valkey, {**os.environ, **found}, web)
                made.inside(_MAKE_ACCOUNTS, ACCOUNTS)
                try:
                    yield made
                finally:
                    made.stop()
        finally:
            valkey.stop()
            with psycopg.connect(servers["admin"], autocommit=True) as server:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
