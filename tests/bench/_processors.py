"""How much of the processors' time a process has used: what seconds on a busy machine can't tell."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import connection


def database_seconds() -> float:
    """Return what this connection's server process has used, on this machine. Source: Linux, /proc/PID/schedstat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def seconds_of_process(port: int) -> float:
    """Return what the server begun with `--port port` has used, with the processes that it began. Linux only."""
    parents, used, found = {}, {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            is_server = f"--port\0{port}\0" in (folder / "cmdline").read_text()
        except OSError:  # it has ended
            continue
        pid = int(folder.name)
        parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        found |= {pid} if is_server else set()
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(used[pid] for pid in found) / os.sysconf("SC_CLK_TCK")
