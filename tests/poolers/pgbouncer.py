"""Debian's PgBouncer in front of a test's PostgreSQL: transaction mode, two connections per database and role."""

from __future__ import annotations

import signal
import subprocess
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bandstand.devstack.places import server_account, state_folder
from bandstand.devstack.processes import free_port, spawn, stop, wait_until

SERVER_CONNECTIONS = 2

_CONFIGURATION = """
[databases]
* = host={host} port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 400
"""


class PgBouncer:
    """One pooler in front of the server that `url` names. Use it as a context manager."""

    def __init__(self, program: str, url: str, *, name: str) -> None:
        self._program = program
        self._server = urlsplit(url)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.folder = state_folder(name)
        self.log = self.folder / "pgbouncer.log"

    def __enter__(self) -> Self:
        account = server_account(self.folder)
        users, configuration = self.folder / "users.txt", self.folder / "pgbouncer.ini"
        users.write_text(f'"{self._server.username}" "{self._server.password or ""}"\n')
        configuration.write_text(
            _CONFIGURATION.format(
                host=self._server.hostname,
                server_port=self._server.port or 5432,
                port=self.port,
                users=users,
                size=SERVER_CONNECTIONS,
            )
        )
        for path in (users, configuration):
            path.chmod(0o600)
            if account:
                account.own(path)
        self._process = spawn([self._program, configuration], log=self.log, account=account)
        wait_until(self._answers, self._process, what="PgBouncer", log=self.log)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process:
            stop(self._process, signal.SIGINT)

    def url(self, database: str) -> str:
        """Return the pooler's address for one database."""
        who = f"{self._server.username}:{self._server.password or ''}"
        return urlunsplit(("postgresql", f"{who}@127.0.0.1:{self.port}", f"/{database}", "", ""))

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as problem:
            return "permission denied for database" in str(problem)  # that was PostgreSQL's own answer
        return True
