"""Servers and processes of a pipeline that belongs to one test or benchmark."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from bandstand.devstack.places import state_folder
from bandstand.devstack.postgres import ADMIN, OWNER, RUNTIME, Postgres, database_create, database_exists
from bandstand.devstack.valkey import Valkey
from tests import prepared
from tests.pipeline.traces import TABLES
from tests.prepared import Child, Prepared

DATABASE = "pipeline"
# Imported once for all processes; not `bandstand_worker.celery`, which has memory that each worker shares with its own
# children, and receivers of signals that bare Celery sends, too.
_LARGE = (
    *("celery.apps.worker", "celery.bin.worker", "celery.concurrency.prefork", "kombu.transport.redis"),
    *("bandstand_worker.executing", "bandstand_worker.keeper", "bandstand_worker.scheduling"),
)
_COMMANDS = {"worker": ("-m", "bandstand_worker"), "dispatcher": ("-m", "bandstand_worker", "dispatch")}


class Pipeline:
    """PostgreSQL, Valkey, workers and dispatchers under a test's hands. Use it as a context manager."""

    def __init__(
        self, name: str, *, lease: int = 3, grace: int = 6, concurrency: int = 4, organizations: int = 20
    ) -> None:
        self.folder = state_folder(name)
        self.postgres = Postgres(self.folder)
        self.valkey = Valkey(self.folder, durable=False)
        self.lease = lease
        self.grace = grace
        self.concurrency = concurrency
        self.organizations = organizations
        self.processes: dict[str, Child] = {}
        self._prepared: Prepared | None = None
        self._link: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            self.valkey.start()
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        for name in list(self.processes):
            self.kill(name)
        if self._prepared is not None:
            self._prepared.stop()
        self._hang_up()
        self.valkey.stop()
        self.postgres.stop()

    def _prepare(self) -> None:
        admin = self.postgres.url(ADMIN)
        if not database_exists(admin, DATABASE):
            database_create(admin, DATABASE)
        owner = {"DATABASE_URL": self.postgres.url(OWNER, DATABASE), "DJANGO_SETTINGS_MODULE": "bandstand_web.settings"}
        self.call("manage.py", "migrate", "--verbosity", "0", **owner)
        with self.sql(OWNER) as link:
            link.execute(TABLES)
        self._prepared = Prepared(self.environment(), *_LARGE)
        self.call("-c", "import sys; assert 'bandstand_worker.celery' not in sys.modules")
        self.call("-m", "tests.pipeline.produce", "organizations", str(self.organizations))
        self.forget()

    def forget(self) -> None:
        """Begin with an empty table of jobs and no traces."""
        with self.sql(ADMIN) as link:
            tables = "jobs_job, jobs_slot, jobs_schedulemark, pipeline_start, pipeline_effect, pipeline_overlap"
            link.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        self.broker().flushall()

    def environment(self) -> dict[str, str]:
        """Return what the processes find in their environment."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("BANDSTAND_TEST")},
            "DJANGO_SETTINGS_MODULE": "tests.pipeline.settings",
            "BANDSTAND_PROFILE": "test",
            # As in production; the embedded server is lenient, and would forget effects in a crash.
            "DATABASE_URL": self.postgres.url(RUNTIME, DATABASE) + "?options=-c%20synchronous_commit%3Don",
            "MIGRATION_DATABASE_URL": self.postgres.url(OWNER, DATABASE),
            "REDIS_URL": self.valkey.url(),
            "BANDSTAND_PG_DUMP": str(self.postgres.pg_dump),
            "BANDSTAND_JOBS_LEASE_SECONDS": str(self.lease),
            "BANDSTAND_WORKER_CONCURRENCY": str(self.concurrency),
            "BANDSTAND_WORKER_GRACE_SECONDS": str(self.grace),
            "BANDSTAND_LOG_LEVEL": "WARNING",
            "EMAIL_URL": "dummymail://",
        }

    def call(self, *arguments: str, **more: str) -> str:
        """Run Python to its end and return what it printed. Raises RuntimeError with its last words."""
        if more or self._prepared is None:
            done = prepared.run(*arguments, environment={**self.environment(), **more})
        else:
            done = self._prepared.run(*arguments)
        if done.returncode:
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def produce(self, *arguments: str) -> str:
        """Ask for work, as web does, and return what that printed."""
        return self.call("-m", "tests.pipeline.produce", *arguments)

    def start(self, name: str, *arguments: str) -> None:
        """Start a process: `worker…` and `dispatcher…` by their name, anything else by its arguments."""
        assert self._prepared is not None
        command = arguments or _COMMANDS[name.rstrip("0123456789")]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = self._prepared.begin(*command, stdout=log, stderr=log, session=True)

    def kill(self, name: str) -> None:
        """Kill a process and all its children, so that none of them can put anything in order."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str, seconds: float = 30) -> float:
        """Ask a process to end and return how many seconds it took."""
        process = self.processes.pop(name)
        began = time.monotonic()
        process.terminate()
        process.wait(seconds)
        return time.monotonic() - began

    def children(self, name: str) -> list[int]:
        """Return the processes in which a worker runs jobs."""
        parent = self.processes[name].pid
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [int(number) for number in listed.split()]

    def wait_for_slots(self, count: int | None = None, seconds: float = 60) -> None:
        """Return when that many processes are ready for jobs."""
        wanted = self.concurrency if count is None else count
        question = "SELECT count(*) FROM jobs_slot WHERE seen_at > clock_timestamp() - interval '8 seconds'"
        self.wait(lambda: self.one(question) >= wanted, seconds, "workers")

    def wait_for_end(self, seconds: float) -> None:
        """Return when no job is unfinished."""
        question = "SELECT EXISTS (SELECT FROM jobs_job WHERE state IN ('waiting', 'admitted', 'running'))"
        self.wait(lambda: not self.one(question), seconds, "the end of all jobs")

    def wait(self, ready: Callable[[], bool], seconds: float, what: str, step: float = 0.05) -> None:
        """Return when `ready()`; a database that is away counts as not yet. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if ready():
                    return
            except psycopg.OperationalError:
                pass
            time.sleep(step)
        raise TimeoutError(f"{what} did not come within {seconds} s: {self.summary()}")

    def effects(self) -> int:
        """Return how many effects there are of the jobs that the producer asks for."""
        return int(self.one("SELECT count(*) FROM pipeline_effect WHERE key LIKE 'pipeline.effect %'"))

    def states(self, kind: str = "%") -> dict[str, int]:
        """Return how many jobs, all or those of one kind, are in which state."""
        question = "SELECT state, count(*) FROM jobs_job WHERE kind LIKE %(kind)s GROUP BY 1 ORDER BY 1"
        return dict(self.all(question, {"kind": kind}))

    def state_of(self, number: int) -> str:
        """Return where one job is on its way."""
        return str(self.one("SELECT state FROM jobs_job WHERE id = %(number)s", {"number": number}))

    def summary(self) -> str:
        """Return what a person would ask for first when something is stuck."""
        stuck = """
            SELECT id, queue, state, attempts, deaths, worker, error_class, clock_timestamp() - admitted_at,
                lease_until - clock_timestamp() FROM jobs_job
            WHERE state IN ('waiting', 'admitted', 'running') ORDER BY id LIMIT 5
        """
        slots = "SELECT name, clock_timestamp() - seen_at FROM jobs_slot"
        return f"{self.states()}; first: {self.all(stuck)}; slots: {self.all(slots)}"

    @contextmanager
    def sql(self, role: str = RUNTIME) -> Iterator[psycopg.Connection[Any]]:
        """Connect to the pipeline's database."""
        with psycopg.connect(self.postgres.url(role, DATABASE), autocommit=True, connect_timeout=5) as link:
            yield link

    def all(self, question: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows, by a connection that is kept, as to log in takes longer than most questions."""
        if self._link is not None:
            try:
                return self._link.execute(question, values).fetchall()
            except psycopg.OperationalError:  # of a server that was, perhaps
                self._hang_up()
        self._link = psycopg.connect(self.postgres.url(RUNTIME, DATABASE), autocommit=True, connect_timeout=5)
        return self._link.execute(question, values).fetchall()

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def one(self, question: str, values: Mapping[str, Any] | None = None) -> Any:
        """Return the one value."""
        return self.all(question, values)[0][0]

    def broker(self) -> redis.Redis:
        """Return a client of the pipeline's Valkey."""
        return redis.Redis.from_url(self.valkey.url())
