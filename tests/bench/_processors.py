"""How much of the processors' time a process has used: what seconds on a busy machine can't tell."""

from __future__ import annotations

from pathlib import Path

from django.db import connection


def database_seconds() -> float:
    """Return what this connection's server process has used, on this machine. Source: Linux, /proc/PID/schedstat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
