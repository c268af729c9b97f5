"""A process that forks at request: what takes a second or two to import, a hundred times, is there at once.

`forking.py serve SOCKET MODULE…` sets Django up if the environment names settings, imports the modules, and answers.
`forking.py do SOCKET ARGUMENTS…` has done there what `python ARGUMENTS…` does, with its own standard streams, and ends
as that ended. What is asked for runs in a process of its own, as it would if Python had been started for it.

Only what is in Python itself is imported here, so that `do` begins at once. See tests/prepared.py for its use in tests.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_STREAMS = 3
_PR_SET_PDEATHSIG = 1


def serve(path: str, *modules: str) -> None:
    """Answer until killed."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        import django  # noqa: PLC0415

        django.setup()
    for name in modules:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{path}.new")
        listening.listen(64)
        os.rename(f"{path}.new", path)  # noqa: PTH104 # nobody sees it before it answers
        while True:
            asked, _address = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _look_after(asked)
            asked.close()


def _look_after(asked: socket.socket) -> None:
    """Fork once more; say the child's number, and how it ended."""
    _die_with_parent()
    _mark, streams, _flags, _address = socket.recv_fds(asked, 1, _STREAMS)
    with asked.makefile("rb") as lines:
        wanted = json.loads(lines.readline())
    child = os.fork()
    if child == 0:
        _die_with_parent()
        asked.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for stream in streams:
            os.close(stream)
        _become(**wanted)
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it
        asked.sendall(f"{child}\n".encode())
        asked.sendall(f"{os.waitpid(child, 0)[1]}\n".encode())
    os._exit(0)


def _die_with_parent() -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _become(arguments: list[str], environment: dict[str, str] | None, session: bool) -> None:
    """Do what Python would do with these arguments, and end."""
    if session:
        os.setsid()
    if environment is not None:
        os.environ.clear()
        os.environ.update(environment)
    # What forks here may have been forked so itself: its streams, when they go, mustn't close these.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    code = 1
    try:
        _run(arguments)
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        else:
            code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - it is a process's last words
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _run(arguments: list[str]) -> None:
    first, *rest = arguments
    if first == "-c":
        sys.argv = [first, *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as Python's own -c
    elif first == "-m":
        sys.argv = list(rest)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(first, run_name="__main__")


def ask(
    path: str,
    arguments: Sequence[str],
    streams: Sequence[int],
    *,
    environment: Mapping[str, str] | None = None,
    session: bool = False,
) -> socket.socket:
    """Ask for a process. Its number can be read from what is returned, and, once it has ended, how `os.wait` says it.

    It has a copy of the streams. An environment is the whole one; settings that were read by then don't change by it.
    """
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    socket.send_fds(link, [b"\n"], list(streams))
    wanted: dict[str, Any] = {
        "arguments": list(arguments),
        "environment": None if environment is None else dict(environment),
        "session": session,
    }
    link.sendall(f"{json.dumps(wanted)}\n".encode())
    return link


def _do(path: str, *arguments: str) -> int:
    with ask(path, arguments, (0, 1, 2)) as link, link.makefile("r") as said:
        _number, ended = said.readline(), said.readline()
    code = os.waitstatus_to_exitcode(int(ended))
    return code if code >= 0 else 128 - code  # as a shell says it


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    sys.exit(_do(*sys.argv[2:]))
