"""A process that has Django loaded and forks at request: what takes a second to start, a hundred times, starts at once.

Run as `python -m …forking SOCKET` it serves; run as a script, `python forking.py SOCKET WHAT…`, it has one command done
there, with its own standard streams, and ends as the command ended. WHAT is a module with `main`, or a Django command.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence

_STREAMS = 3


def serve(path: str) -> None:
    """Answer until killed."""
    import django  # noqa: PLC0415

    django.setup()
    import bandstand.moving.departing  # noqa: F401, PLC0415
    import bandstand_worker.settings  # noqa: F401, PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        while True:
            asked, _address = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _look_after(asked)
            asked.close()


def _look_after(asked: socket.socket) -> None:
    said, streams, _flags, _address = socket.recv_fds(asked, 65536, _STREAMS)
    what = json.loads(said)
    child = os.fork()
    if child == 0:
        asked.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _work(what)
    for stream in streams:
        os.close(stream)
    asked.sendall(struct.pack("i", os.waitpid(child, 0)[1]))
    os._exit(0)


def _work(what: list[str]) -> None:
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0, "r"), os.fdopen(1, "w"), os.fdopen(2, "w")
    code = 1
    try:
        if what[0].startswith("tests."):
            __import__(what[0])
            sys.modules[what[0]].main(*what[1:])  # type: ignore[attr-defined]
        else:
            from django.core.management import ManagementUtility  # noqa: PLC0415

            ManagementUtility(["manage.py", *what]).execute()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - it is a process's last words
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def have_done(path: str, what: Sequence[str], streams: Sequence[int]) -> int:
    """Return how it ended, as `os.waitpid` says it."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        socket.send_fds(link, [json.dumps(list(what)).encode()], list(streams))
        for stream in streams:
            os.close(stream)
        said = link.recv(4)
    return int(struct.unpack("i", said)[0])


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    sys.exit(os.waitstatus_to_exitcode(have_done(sys.argv[1], sys.argv[2:], (0, 1, 2))) % 256)
