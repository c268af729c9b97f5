"""Starts processes so that none outlives the stack, and waits until they are ready."""

from __future__ import annotations

import contextlib
import ctypes
import random
import signal
import socket
import subprocess  # noqa: S404 # commands are lists of our own
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bandstand.devstack.places import Account

_PR_SET_PDEATHSIG = 1


class StackError(RuntimeError):
    """A part of the stack did not start; the message says why and what to do."""


# Below those that systems give to outgoing connections (from 32768 in Linux, 49152 by RFC 6335): one of them could take
# a port before whoever asked for it listens there, or while a server starts anew.
_PORTS = range(20_000, 30_000)
_TRIES = 100


def free_port() -> int:
    """Return an unused TCP port of the loopback interface. Raises StackError if there is none."""
    for port in random.SystemRandom().sample(_PORTS, _TRIES):  # the usual ones may be seeded alike in two processes
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise StackError(f"None of {_TRIES} ports from {_PORTS[0]} to {_PORTS[-1]} is free.")


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that makes the child get `sign` when its parent dies (Linux: prctl).

    To the kernel the parent is the thread that started the child, so start children in the main thread.
    """
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(_PR_SET_PDEATHSIG, sign)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    dies_by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own; it gets `dies_by` when this process dies for any reason (Linux)."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 # a list of our own, no shell
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(dies_by),  # noqa: PLW1509 # no threads run yet where servers start
            env=dict(environment) if environment is not None else None,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
        )


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, what: str, log: Path, seconds: float = 30
) -> None:
    """Return when `ready()` is true. Raises StackError when the process ends first or so many seconds pass."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StackError(f"{what} ended at once; its last words, from {log}:\n{_last_lines(log)}")
        if ready():
            return
        time.sleep(0.02)
    raise StackError(f"{what} did not answer within {seconds:.0f} s; its last words, from {log}:\n{_last_lines(log)}")


def stop(process: subprocess.Popen[bytes], sign: signal.Signals, *, seconds: float = 15) -> None:
    """Stop the process with `sign`, then with SIGKILL if it takes longer than `seconds`."""
    if process.poll() is not None:
        return
    process.send_signal(sign)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_lines(log: Path, count: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
