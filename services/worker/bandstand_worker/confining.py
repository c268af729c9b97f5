"""Opens untrusted files in a child process under limits that hold whatever the reader does.

The program is a module of ours with a function `main(arguments)`; `confined_program` limits the process before it
imports that module. It has neither settings nor a database: its environment holds only the paths of Python and of
temporary files. A decompression bomb, a crash or an endless loop kills only the child and raises an error below.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess  # noqa: S404 # commands are lists of our own
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from time import monotonic
from typing import IO

import structlog
from django.utils.translation import gettext_lazy as _

from bandstand_worker import confined_program

STEP = 0.25  # seconds between checks whether to stop
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "TMPDIR")
# Workbooks are read by Python's own parser of XML, whatever else is installed: the limits are tried with that one.
_CHOSEN = {"OPENPYXL_LXML": "False"}
# How the kernel ends a process that exceeds its limits, and how libraries abort when they get no memory.
_SIGNALS_OF_LIMITS = (signal.SIGKILL, signal.SIGXCPU, signal.SIGALRM, signal.SIGABRT)

log = structlog.get_logger("bandstand.confined")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use."""

    memory: int  # bytes of address space
    cpu_seconds: int
    seconds: int  # wall-clock time
    file_bytes: int  # of each file that it writes, standard output included
    threads: bool = False  # whether it may start threads or processes


class ConfinedError(Exception):
    """The child gave no answer. The message is shown to people."""

    sentence = _("This file can't be read; it seems to be damaged. Please save it again and try once more.")

    def __init__(self) -> None:
        super().__init__(str(self.sentence))


class TooHeavyError(ConfinedError):
    """The child reached one of its limits."""

    sentence = _("This file takes too much work to open. Please save it again, without what isn't needed, and retry.")


class CrashedError(ConfinedError):
    """The child failed with an error of its own."""


@contextmanager
def confined(
    program: str, arguments: Sequence[str], *, limits: Limits, step: Callable[[], None]
) -> Iterator[IO[bytes]]:
    """Run `main(arguments)` of the module `program` and yield its output, at most `limits.file_bytes`.

    `step` is called a few times a second; an exception from it kills the child. Raises TooHeavyError, CrashedError.
    """
    command = [sys.executable, "-P", "-m", confined_program.__name__, json.dumps(asdict(limits)), program, *arguments]
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | _CHOSEN
    with TemporaryFile() as printed, TemporaryFile() as complaints:
        with subprocess.Popen(  # noqa: S603 # a list of our own, no shell
            command, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=complaints
        ) as process:
            try:
                _wait(process, limits.seconds, step)
            finally:
                process.kill()
        _check(process.returncode, program, complaints)
        printed.seek(0)
        yield printed


def _wait(process: subprocess.Popen[bytes], seconds: int, step: Callable[[], None]) -> None:
    """Wait until the process has ended or its time is up."""
    end = monotonic() + seconds
    while monotonic() < end:
        step()
        try:
            process.wait(timeout=STEP)
        except subprocess.TimeoutExpired:
            continue
        return


def _check(status: int, program: str, complaints: IO[bytes]) -> None:
    if status == 0:
        return
    complaints.seek(0)
    words = complaints.read(500).decode(errors="replace").strip()
    log.warning("a confined program ended early", program=program, status=status, words=words)
    if status == confined_program.TOO_HEAVY or -status in _SIGNALS_OF_LIMITS:
        raise TooHeavyError
    raise CrashedError
