"""The child's side of `confining`: limits itself, then runs a program on untrusted bytes.

    python -P -m bandstand_worker.confined_program LIMITS PROGRAM [ARGUMENT …]

Until the limits are in force it imports only what it needs to set them.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import signal
import sys
import traceback

TOO_HEAVY = 75  # exit status: a limit was reached
_MOST_OPEN_FILES = 64


def limit(*, memory: int, cpu_seconds: int, seconds: int, file_bytes: int, threads: bool) -> None:
    """Limit this process for the rest of its life. The timer kills it even if its parent is gone."""
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: _MOST_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if not threads:
        bounds[resource.RLIMIT_NPROC] = 0
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


def main() -> None:
    """Run the program; report an error by its type and place only, as its message may quote the file."""
    limits, program, *arguments = sys.argv[1:]
    limit(**json.loads(limits))
    try:
        importlib.import_module(program).main(arguments)
        sys.stdout.flush()
    except MemoryError:
        os._exit(TOO_HEAVY)
    except Exception as problem:  # noqa: BLE001 - its message may quote the file
        place = traceback.extract_tb(problem.__traceback__)[-1]
        os.write(2, f"{type(problem).__name__} at {place.filename}:{place.lineno}\n".encode())
        os._exit(TOO_HEAVY if isinstance(problem, OSError) and problem.errno == errno.EFBIG else 1)


if __name__ == "__main__":
    main()
