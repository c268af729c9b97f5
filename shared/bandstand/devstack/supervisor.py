"""Supervises child processes: starts them together, prefixes their output with names, and stops all when one ends."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess  # noqa: S404 # commands are lists of our own
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bandstand.devstack.processes import StackError, die_with_parent
from bandstand.settings.workspace import ROOT

SPEAKER = "bandstand"
# Seconds for the last lines of a part that ended; a child of its may hold its output open for longer.
_LAST_LINES = 1
_BOLD = "1"
_COLOURS = ("36", "33", "35", "32", "34", "31")


@dataclass(frozen=True)
class ProcessPart:
    """One process: the name in front of its lines, its command, and its additions to the shared environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Interruption:
    """Turns the first SIGINT, SIGTERM or SIGHUP into KeyboardInterrupt; `impatient` is set by a second one.

    Later signals don't interrupt, so that a second Ctrl-C can't abort the shutdown half-way.
    """

    def __init__(self) -> None:
        self.impatient = False
        self._held = False

    def catch(self) -> None:
        """Install the signal handlers."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._arrived)

    def hold(self) -> None:
        """From now on only record signals."""
        self._held = True

    def _arrived(self, _number: int, _frame: object) -> None:
        if self._held:
            self.impatient = True
        else:
            self._held = True
            raise KeyboardInterrupt


class Supervisor:
    """Starts processes, relays their output, notices the first that ends and stops all of them."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._parts: dict[str, subprocess.Popen[str]] = {}
        self._ended: queue.Queue[str] = queue.Queue()
        self._relays: list[threading.Thread] = []
        self._writing = threading.Lock()
        self._width = len(SPEAKER)
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def start(self, parts: Sequence[ProcessPart], environment: Mapping[str, str]) -> None:
        """Start all parts, each in a process group of its own. Call it once."""
        self._width = max(self._width, *(len(part.name) for part in parts))
        for part in parts:
            self._parts[part.name] = self._spawn(part, environment)
        # Start threads only after the last fork.
        for number, part in enumerate(parts):
            process = self._parts[part.name]
            colour = _COLOURS[number % len(_COLOURS)]
            relay = threading.Thread(target=self._relay, args=(part.name, process, colour), daemon=True)
            relay.start()
            self._relays.append(relay)
            self.watch(part.name, process, relay)

    def watch(
        self,
        name: str,
        process: subprocess.Popen[str] | subprocess.Popen[bytes],
        relay: threading.Thread | None = None,
    ) -> None:
        """Treat the end of `process` as the end of a part, told after the last lines that `relay` passes on."""

        def wait() -> None:
            process.wait()
            if relay:
                relay.join(timeout=_LAST_LINES)
            self._ended.put(name)

        threading.Thread(target=wait, daemon=True).start()

    def wait_until(self, ready: Callable[[], bool], what: str, *, seconds: float) -> None:
        """Return when `ready()` is true. Raises StackError when a part ends before, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            with contextlib.suppress(queue.Empty):
                raise StackError(f"{self._ended.get(timeout=0.05)} ended at once; its lines above say why.")
            if time.monotonic() > deadline:
                raise StackError(f"{what} did not answer within {seconds:.0f} s; its lines above say why.")

    def wait(self) -> str:
        """Return the name of the part that ended first."""
        while True:
            # Without a timeout a signal would not be handled before a part ends.
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=0.5)

    def stop(self, *, seconds: float = 12) -> None:
        """Stop all parts with SIGTERM; after `seconds`, or on a second signal, with SIGKILL."""
        self._interruption.hold()
        for process in self._parts.values():
            process.terminate()  # only the leader, which stops its own children
        deadline = time.monotonic() + seconds
        while any(process.poll() is None for process in self._parts.values()):
            if self._interruption.impatient or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        for process in self._parts.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # even if the leader is gone, as a child may still be running
            process.wait()
        for relay in self._relays:
            relay.join(timeout=_LAST_LINES)

    def say(self, line: str, *, name: str = SPEAKER, colour: str = _BOLD) -> None:
        """Print one line with a name in front, in colour on a terminal."""
        prefix = f"{name:<{self._width}} |"
        if self._colours:
            prefix = f"\033[{colour}m{prefix}\033[0m"
        with self._writing, contextlib.suppress(BrokenPipeError):
            sys.stdout.write(f"{prefix} {line}\n")
            sys.stdout.flush()

    def _spawn(self, part: ProcessPart, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 # a list of our own, no shell
            part.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 # no threads run yet
            env={**os.environ, **environment, **part.environment, "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
        )

    def _relay(self, name: str, process: subprocess.Popen[str], colour: str) -> None:
        for line in process.stdout or ():
            self.say(line.rstrip(), name=name, colour=colour)
