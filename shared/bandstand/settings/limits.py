"""How long a process may keep the database busy."""

from __future__ import annotations

from typing import Any


def limit_times(database: dict[str, Any], *, statement: int, idle: int) -> None:
    """Have statements and idle transactions end after so many seconds.

    `options` of DATABASE_URL count where it has some. A pooler passes none on: there each transaction is told.
    Source: PostgreSQL, statement_timeout and idle_in_transaction_session_timeout.
    """
    limits = {"statement_timeout": f"{statement}s", "idle_in_transaction_session_timeout": f"{idle}s"}
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    if database.get("LOCAL_SETTINGS") is None:
        database["OPTIONS"].setdefault("options", options)
        return
    database["LOCAL_SETTINGS"] += [f"SET LOCAL {name} = '{value}'" for name, value in limits.items()]
    if database["DIRECT"] is not None:
        database["DIRECT"]["OPTIONS"].setdefault("options", options)
