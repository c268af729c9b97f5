"""A database, a Valkey and a web process that a test may spoil, and what somebody at a browser gets from them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import redis
from psycopg import sql

from bandstand.devstack.valkey import Valkey
from tests.attacks.serving import Answer, Served, served
from tests.servers import database_copy, worker_number

PLATFORM = "bandstand.localhost"
_TOKEN = secrets.token_hex(16)
_visitors = itertools.count(1)


@dataclass
class Installation:
    """One installation of a test's own. `make` gives one."""

    database: str
    admin: str
    valkey: Valkey
    environment: dict[str, str]
    web: Served

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
        number = next(_visitors)
        body = urlencode({"email": f"visitor{number}@example.org"})
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
        with psycopg.connect(self.admin, autocommit=True) as server:
            cursor = server.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def disconnect(self) -> None:
        """End all connections to the database."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", self.database)

    def redis(self) -> redis.Redis:
        """Return a client of the Valkey."""
        return redis.Redis.from_url(self.valkey.url())


@contextlib.contextmanager
def installation(name: str, **environment: str) -> Iterator[Installation]:
    """Run an installation and take everything of it away at the end."""
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    database = f"refusing_{name}_{worker_number()}"
    with tempfile.TemporaryDirectory(prefix="bandstand-refusing-") as folder:
        valkey = Valkey(Path(folder), durable=False)
        valkey.start()
        found = database_copy(database, valkey=0)
        found |= {"REDIS_URL": valkey.url(), "BANDSTAND_MEDIA": f"{folder}/media", "BANDSTAND_TRUSTED_PROXIES": "1"}
        found |= environment
        try:
            with served(**found) as web:
                yield Installation(database, servers["admin"], valkey, {**os.environ, **found}, web)
        finally:
            valkey.stop()
            with psycopg.connect(servers["admin"], autocommit=True) as server:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
