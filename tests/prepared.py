"""Python processes that begin at once, as they are forked from one that has imported what they need.

Of the seconds that a process of the product takes to start, all but a moment are imports. Tests start hundreds.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from bandstand.devstack.processes import die_with_parent
from tests import forking
from tests.waiting import LONG, wait_until

ROOT = Path(__file__).resolve().parents[1]

# What most of the product's imports are spent on, and can be imported before settings are known.
_LARGE = (
    "bandstand.tracing",  # keeps redis from importing more
    *("asyncio", "concurrent.futures", "importlib.metadata", "email.mime.text", "zipfile", "zoneinfo"),
    *("django.core.management", "django.core.serializers.json", "django.db.backends.postgresql.base"),
    *("django.contrib.postgres.fields", "django.db.migrations.executor", "django.forms", "django.urls"),
    *("django.template.loader", "django.views.generic", "django_countries.fields"),
    *("psycopg", "psycopg_pool", "redis", "structlog", "sentry_sdk", "cryptography.fernet", "markdown_it", "pyrage"),
)


class Child:
    """A process that was forked elsewhere; with the methods of `subprocess.Popen` that tests need."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._said = b""
        self.returncode: int | None = None
        self.pid = int(self._line(LONG))

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        with suppress(BlockingIOError):
            self._end(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended. Raises subprocess.TimeoutExpired."""
        try:
            return self._end(timeout)
        except TimeoutError as late:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from late

    def send_signal(self, sign: int) -> None:
        """Send a signal if it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(self.pid, sign)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _end(self, timeout: float | None) -> int:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(int(self._line(timeout)))
            self._link.close()
        return self.returncode

    def _line(self, timeout: float | None) -> bytes:
        self._link.settimeout(timeout)
        while b"\n" not in self._said:
            received = self._link.recv(64)
            assert received, "what forks has ended"
            self._said += received
        line, _end, self._said = self._said.partition(b"\n")
        return line


class Prepared:
    """What forks processes that have Django set up for `environment`; or none yet, where that names no settings."""

    def __init__(self, environment: Mapping[str, str], *modules: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="bandstand-")
        self.path = str(Path(self._folder) / "forking")
        arguments = ["-m", "tests.forking", "serve", self.path, *modules]
        self._process: subprocess.Popen[bytes] | Child
        if "DJANGO_SETTINGS_MODULE" in environment:
            self._process = blank().begin(*arguments, environment=environment)
        else:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - it calls prctl and nothing else
            )
        wait_until(lambda: Path(self.path).exists() or self._process.poll() is not None)
        assert self._process.poll() is None, "its last words stand above"

    def begin(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        session: bool = False,
    ) -> Child:
        """Start what `python ARGUMENTS…` would, in the project's folder; its streams are this process's by default.

        Settings that were read by now stay, whatever the environment.
        """
        with Path(os.devnull).open() as nothing:
            streams = [nothing.fileno(), *(_number(*each) for each in ((stdout, 1), (stderr, 2)))]
            return Child(forking.ask(self.path, arguments, streams, environment=environment, session=session))

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            child = self.begin(*arguments, environment=environment, stdout=output, stderr=errors)
            code = child.wait()
            return subprocess.CompletedProcess(arguments, code, *(_text(each) for each in (output, errors)))

    def stop(self) -> None:
        """Fork no more."""
        self._process.kill()
        self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)


def _number(stream: int | IO[bytes] | None, usual: int) -> int:
    if stream is None:
        return usual
    return stream if isinstance(stream, int) else stream.fileno()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@functools.cache
def blank() -> Prepared:
    """What has imported all that needs no settings; for processes of any environment."""
    made = Prepared({name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}, *_LARGE)
    atexit.register(made.stop)
    return made


_ASKED_FOR_BEFORE: dict[frozenset[tuple[str, str]], Prepared | None] = {}


def begin(
    *arguments: str,
    environment: Mapping[str, str],
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> Child:
    """Start what `python ARGUMENTS…` would, in the project's folder and in this environment."""
    return _suitable(environment).begin(*arguments, environment=environment, stdout=stdout, stderr=stderr)


def run(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS…` in the project's folder and in this environment to its end."""
    return _suitable(environment).run(*arguments, environment=environment)


def _suitable(environment: Mapping[str, str]) -> Prepared:
    """Return what forks processes in this environment; from the second time on, with Django set up in it."""
    assert _of_python(environment) == _of_python(os.environ), "what Python reads at its start comes too late"
    key = frozenset((name, value) for name, value in environment.items() if name != "PYTEST_CURRENT_TEST")
    if key not in _ASKED_FOR_BEFORE or "DJANGO_SETTINGS_MODULE" not in environment:
        _ASKED_FOR_BEFORE[key] = None
        return blank()
    made = _ASKED_FOR_BEFORE[key]
    if made is None:
        made = _ASKED_FOR_BEFORE[key] = Prepared(environment)
        atexit.register(made.stop)
    return made


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(("LD_", "PYTHON"))}
