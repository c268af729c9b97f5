"""Every server that is there but refuses, under visitors and with workers: `make chaos`.

Nothing that was accepted is lost, every answer is a page, readiness agrees with what can be written, and all go on by
themselves, soon after the fault's end.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from psycopg import sql

from tests.refusing.installation import Installation, installation
from tests.refusing.tls_proxy import LOOPBACK, Authority, Proxy
from tests.refusing.watching import visited
from tests.required_tools import MISSING, require

pytestmark = [pytest.mark.chaos, pytest.mark.filterwarnings("ignore")]

LASTS = 8.0  # seconds of each fault
BACK = 10.0  # seconds after a fault's end in which everything must work again
AGREES = 2.0  # seconds for which readiness may be wrong
Fault = AbstractContextManager[None]
_SENT = "SELECT recipients ->> 0, count(*) FROM mail_outgoingmessage WHERE state = 'sent' GROUP BY 1"
FAKETIME = "libfaketime.so.1"


def endure(running: Installation, fault: Fault, *, name: str, part: str = "database", fails: bool = True) -> None:
    """Let visitors come before, during and after a fault, and hold the promise."""
    with visited(running, part=part) as seen:
        time.sleep(2)
        assert not seen.recovered_after(0), "it works before"
        with fault:
            time.sleep(LASTS)
        ended = time.monotonic()
        time.sleep(BACK + 2)
    statuses, recovered, disagreed = seen.statuses(), seen.recovered_after(ended), seen.longest_disagreement()
    tell(name, statuses=dict(statuses), recovered=recovered, disagreed=disagreed, accepted=len(seen.accepted))
    assert set(statuses) <= {200, 302, 503}, statuses
    assert (503 in statuses) is fails
    assert recovered < BACK
    assert disagreed < AGREES
    arrives(running, seen.accepted)


def arrives(running: Installation, accepted: set[str]) -> None:
    """Assert that everything accepted was sent, once, by workers that are still the same processes."""
    assert accepted

    def unsent() -> bool:
        rows = running.inside(
            "SELECT recipients ->> 0, count(*) FROM mail_outgoingmessage WHERE state = 'sent' GROUP BY 1"
        )
        sent = {address for (address, count) in rows if count == 1}
        return bool(accepted - sent)

    running.becomes(lambda: not unsent(), 60)
    assert [name for name, process in running.processes.items() if process.poll() is not None] == []


def tell(name: str, **figures: object) -> None:
    """Append the figures to the file that FIGURES names, if it does."""
    if path := os.environ.get("FIGURES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"fault": name, **figures}) + "\n")


def with_workers(running: Installation) -> Installation:
    running.start("dispatcher", "dispatch")
    running.start("worker")
    return running


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    with installation("faults") as made:
        yield with_workers(made)


@contextlib.contextmanager
def read_only(running: Installation) -> Iterator[None]:
    """Fail over to a server that takes no writes; later new connections lead to one that does."""
    running.sql("ALTER DATABASE {} SET default_transaction_read_only = on")
    running.disconnect()
    yield
    running.sql("ALTER DATABASE {} RESET default_transaction_read_only")


@contextlib.contextmanager
def no_connection_left(running: Installation) -> Iterator[None]:
    """Leave no connection to the database, as if others had taken all."""
    running.sql("ALTER DATABASE {} CONNECTION LIMIT 0")
    running.disconnect()
    yield
    running.sql("ALTER DATABASE {} CONNECTION LIMIT -1")


@contextlib.contextmanager
def redis_full(running: Installation) -> Iterator[None]:
    with running.redis() as client:
        client.config_set("maxmemory", "1")
        yield
        client.config_set("maxmemory", "0")


@contextlib.contextmanager
def redis_demoted(running: Installation) -> Iterator[None]:
    with running.redis() as client:
        client.replicaof("127.0.0.1", "1")
        yield
        client.replicaof("NO", "ONE")


@pytest.mark.parametrize("fault", [read_only, no_connection_left])
def test_a_database_that_refuses(fault: Callable[[Installation], Fault], running: Installation) -> None:
    endure(running, fault(running), name=fault.__name__)


@pytest.mark.parametrize("fault", [redis_full, redis_demoted])
def test_a_redis_that_refuses(fault: Callable[[Installation], Fault], running: Installation) -> None:
    endure(running, fault(running), name=fault.__name__, part="redis", fails=False)


def test_a_name_that_no_longer_resolves(tmp_path: Path) -> None:
    """Web alone sees it: in a mount namespace of its own, where /etc/hosts is the test's."""
    require("unshare")
    hosts = tmp_path / "hosts"
    known = "127.0.0.1 localhost db.refusing.test\n"
    hosts.write_text(known, encoding="ascii")
    prefix = ("unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c")
    command = (*prefix, f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh")

    def by_name(found: dict[str, str]) -> dict[str, str]:
        return {**found, "DATABASE_URL": found["DATABASE_URL"].replace("@127.0.0.1", "@db.refusing.test")}

    @contextlib.contextmanager
    def gone(running: Installation) -> Iterator[None]:
        hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
        running.disconnect()
        yield
        hosts.write_text(known, encoding="ascii")

    with installation("dns", prefix=command, change=by_name) as running:
        running.environment["DATABASE_URL"] = running.environment["DATABASE_URL"].replace(
            "@db.refusing.test", "@127.0.0.1"
        )
        endure(with_workers(running), gone(running), name="name gone")


@pytest.mark.parametrize("part", ["database", "redis"])
def test_a_certificate_that_has_expired(part: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    proxies: list[Proxy] = []

    def by_tls(found: dict[str, str]) -> dict[str, str]:
        address = found["DATABASE_URL" if part == "database" else "REDIS_URL"]
        target = int(address.rpartition(":")[2].partition("/")[0])
        proxy = Proxy(authority, target, speaks_postgres=part == "database")
        proxies.append(proxy)
        moved = address.replace(f"{LOOPBACK}:{target}", f"{LOOPBACK}:{proxy.port}")
        if part == "database":
            verify = f"?sslmode=verify-full&sslrootcert={authority.certificate_file}"
            return {**found, "DATABASE_URL": moved + verify}
        verify = f"?ssl_cert_reqs=required&ssl_ca_certs={authority.certificate_file}"
        return {**found, "REDIS_URL": moved.replace("redis://", "rediss://") + verify}

    with installation("tls", change=by_tls) as running:
        try:
            is_database = part == "database"
            (proxy,) = proxies
            fault = proxy.expired()
            endure(with_workers(running), fault, name=f"certificate of the {part}", part=part, fails=is_database)
        finally:
            proxies[0].close()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The database's files are on a small file system of their own, its log isn't, so that the server stands."""
    if os.geteuid() != 0:
        pytest.skip(f"{MISSING}mounting a file system needs root")
    with installation("disk") as running, small_disk(running, tmp_path) as disk:
        endure(with_workers(running), full(running, disk), name="disk full")


@contextlib.contextmanager
def small_disk(running: Installation, folder: Path) -> Iterator[Path]:
    """Move the database to a file system of 96 MB."""
    (data,) = running.sql("SHOW data_directory")[0]
    owner = Path(data).stat()
    disk = Path(data).parent / "small-disk"
    disk.mkdir(exist_ok=True)
    options = f"size=96m,mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    try:
        running.sql(sql.SQL("CREATE TABLESPACE small_disk LOCATION {}").format(sql.Literal(str(disk))).as_string())
        running.sql("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        running.disconnect()
        running.sql("ALTER DATABASE {} SET TABLESPACE small_disk")
        running.sql("ALTER DATABASE {} ALLOW_CONNECTIONS true")
        running.becomes(lambda: bool(running.ready()["ready"]), 10)
        yield disk
        running.stop()
        running.sql("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        running.disconnect()
        running.sql("ALTER DATABASE {} SET TABLESPACE pg_default")
        running.sql("DROP TABLESPACE small_disk")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


@contextlib.contextmanager
def full(running: Installation, disk: Path) -> Iterator[None]:
    """Leave no byte; what the tables have left in their last pages is used up soon."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))
    yield
    ballast.unlink()


@pytest.mark.parametrize("process", ["web", "dispatcher", "worker"])
@pytest.mark.parametrize("jump", ["+1d", "-1d"], ids=["ahead", "behind"])
def test_a_clock_that_jumps_in_one_process(process: str, jump: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0", encoding="ascii")
    fake = {
        "LD_PRELOAD": faketime(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }

    @contextlib.contextmanager
    def jumping() -> Iterator[None]:
        clock.write_text(jump, encoding="ascii")
        yield
        clock.write_text("+0", encoding="ascii")

    with installation("clock", **(fake if process == "web" else {})) as running:
        for name in fake:
            running.environment.pop(name, None)
        running.start("dispatcher", "dispatch", **(fake if process == "dispatcher" else {}))
        running.start("worker", **(fake if process == "worker" else {}))
        endure(running, jumping(), name=f"clock of {process} {jump}", fails=False)
        assert running.inside("SELECT count(*) FROM jobs_job WHERE run_at > now() + interval '12 hours'") == [(0,)]
        marks = "SELECT count(*) FROM jobs_schedulemark WHERE due_at > now()"
        assert running.inside(marks) == [(0,)], "tomorrow's occurrences are tomorrow's"


def faketime() -> str:
    """Return the library that gives a process a clock of its own; skip the test where it isn't installed."""
    for folder in ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"):
        if (Path(folder) / FAKETIME).exists():
            return str(Path(folder) / FAKETIME)
    pytest.skip(f"{MISSING}libfaketime is not installed")
