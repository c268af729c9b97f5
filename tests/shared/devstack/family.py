"""Watching processes from outside: who descends from whom, who is still there, what they said."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Program:
    """A program under test, run by this Python, with its output read line by line."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in _SERVERS}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        self.lines: list[str] = []
        self._arriving: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def line(self, words: str, seconds: float = 60) -> str:
        """Return the next line that contains `words`; fail with all that was said when there is none."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._arriving.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"never said {words!r}, but:\n{self.said}"
            if words in line:
                return line

    @property
    def said(self) -> str:
        """All output so far."""
        return "".join(self.lines)

    def end(self, sign: signal.Signals, seconds: float = 30) -> int:
        """Send a signal and return the exit code; kill, and fail, what doesn't end within `seconds`."""
        self.process.send_signal(sign)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            self._arriving.put(line)
        self._arriving.put(None)


_SERVERS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "BANDSTAND_PROFILE", "BANDSTAND_TEST_STACK",
            "BANDSTAND_MEDIA", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "BANDSTAND_PG_DUMP")  # fmt: skip


def descendants(ancestor: int) -> dict[int, str]:
    """Return the numbers of all processes below `ancestor`, with their commands."""
    rows = _processes()
    found: dict[int, str] = {}
    parents = {ancestor}
    while parents:
        children = {number: command for number, parent, command in rows if parent in parents}
        found |= children
        parents = set(children)
    return found


def all_gone(numbers: Collection[int]) -> bool:
    """Whether none of these processes runs; a zombie that waits for its parent doesn't."""
    return not set(numbers) & {number for number, _parent, _command in _processes()}


def _processes() -> list[tuple[int, int, str]]:
    listed = subprocess.run(
        ["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows: list[Sequence[str]] = [line.split(None, 3) for line in listed.splitlines()]
    return [(int(row[0]), int(row[1]), row[-1]) for row in rows if not row[2].startswith("Z")]
