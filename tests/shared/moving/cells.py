"""Two installations side by side: a database, a Valkey, files and a web server each, and what they share."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bandstand.devstack.postgres import database_create
from bandstand.devstack.processes import free_port
from bandstand.devstack.valkey import Valkey
from tests import forking, prepared
from tests.prepared import Child, Prepared
from tests.servers import ROOT
from tests.waiting import wait_until

PLATFORM = "bandstand.localhost"


@dataclass
class Cell:
    """One installation. `start` before use, `stop` after it."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    others: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
        self._admin = servers["admin"]
        own = urlsplit(os.environ["DATABASE_URL"]).path.strip("/")
        self.database = f"{own}_{self.name}"
        with psycopg.connect(self._admin, autocommit=True) as server:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.database))
            server.execute(drop)
            kept = server.execute("SELECT datname FROM pg_database WHERE datname ~ '^bandstand_migrated_[0-9a-f]+$'")
            (template,) = kept.fetchone() or ("",)
            server.execute("SELECT pg_advisory_lock(hashtextextended('bandstand_migrated', 0))")
            roles = {name: psycopg.conninfo.conninfo_to_dict(servers[name])["user"] for name in ("owner", "runtime")}
            database_create(self._admin, self.database, template=template, **roles)
        self.url = urlunsplit(urlsplit(servers["runtime"])._replace(path=f"/{self.database}"))
        self.folder.mkdir()
        self.valkey = Valkey(self.folder, durable=False)
        self.valkey.start()
        self._web: Child | None = None
        self._fork()

    def restart(self) -> None:
        """Have what runs in this cell from now on read its settings again."""
        self._prepared.stop()
        self._fork()

    def _fork(self) -> None:
        self._prepared = Prepared(self.environment, "bandstand.moving.departing", "bandstand_worker.settings")

    def stop(self) -> None:
        if self._web is not None:
            self._web.terminate()
            self._web.wait(20)
        self._prepared.stop()
        self.valkey.stop()
        with psycopg.connect(self._admin, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))

    @property
    def environment(self) -> dict[str, str]:
        others = ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in self.others.items())
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bandstand_web.settings",
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url(),
            "BANDSTAND_MEDIA": str(self.folder / "media"),
            "BANDSTAND_PUBLIC_URL": f"http://{PLATFORM}",
            "BANDSTAND_CELL": self.name,
            "BANDSTAND_PORTALS_PER_OWNER": "0",  # one owner has them all
            "BANDSTAND_CELLS": others,
        }

    def through(self) -> str:
        """Return the command that runs manage.py in this cell, from any other place."""
        return shlex.join([sys.executable, "-S", "-E", forking.__file__, "do", self._prepared.path, "manage.py"])

    def through_a_shell(self, **changed: str) -> str:
        """Return the command that does so from the ground up, with some variables otherwise."""
        names = ("DATABASE_URL", "REDIS_URL", "BANDSTAND_MEDIA", "BANDSTAND_CELL", "BANDSTAND_CELLS")
        values = {name: self.environment[name] for name in names} | changed
        return shlex.join(["env", *map("=".join, values.items()), sys.executable, str(ROOT / "manage.py")])

    def serve(self) -> None:
        """Start web and wait until it answers."""
        command = ["-m", "granian", "--interface", "asginl", "bandstand_web.asgi:application"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "1", "--http", "1", "--no-ws"]
        with (self.folder / "web.log").open("wb") as log:
            self._web = prepared.begin(*command, environment=self.environment, stdout=log, stderr=log)
        wait_until(lambda: self.ask("GET", "/healthz")[0] == 200, (self.folder / "web.log").read_text)

    def ask(self, method: str, path: str, *, portal: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; 0 where nobody answers."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        host = f"{portal}.{PLATFORM}" if portal else PLATFORM
        body = headers.pop("body", None)
        with contextlib.closing(link):
            try:
                link.request(method, path, body=body, headers={"Host": host, **headers})
                answer = link.getresponse()
                sent: dict[str, str] = {}
                for name, value in answer.getheaders():
                    sent[name.lower()] = f"{sent[name.lower()]}, {value}" if name.lower() in sent else value
                return answer.status, sent, answer.read()
            except OSError:
                return 0, {}, b""

    def run(self, *what: str, code: int = 0) -> str:
        """Have a manage.py command, or a module of the tests, done here; return what it said. Fails at another end."""
        with tempfile.TemporaryFile() as said:
            by = "-m" if what[0].startswith("tests.") else "manage.py"
            ended = self._prepared.begin(by, *what, stdout=said, stderr=said).wait()
            said.seek(0)
            told = said.read().decode()
        assert ended == code, told
        return told

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as link:
            return link.execute(query, values or None).fetchall()

    def state_of(self, slug: str) -> str:
        found = self.rows("SELECT state FROM organizations_organization WHERE slug = %s", slug)
        return str(found[0][0]) if found else ""

    def contents_of(self, schema: str) -> dict[str, Any]:
        """Return every row of every table and every file's bytes, but for the security log's word of the move."""
        found: dict[str, Any] = {}
        with psycopg.connect(self.url) as link:
            names = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
            for (name,) in names.fetchall():
                where = " WHERE act <> 'moved'" if name == "audit_entry" else ""
                lines = link.execute(f'SELECT t::text FROM "{schema}"."{name}" t{where} ORDER BY 1').fetchall()
                found[name] = [line for (line,) in lines]
        media = self.folder / "media" / schema
        for path in sorted(media.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(media))] = path.read_bytes()
        return found

    def is_writable(self, schema: str) -> bool:
        question = "SELECT has_table_privilege(format('%%I.bands_band', %s::text), 'INSERT')"
        return bool(self.rows(question, schema)[0][0])
