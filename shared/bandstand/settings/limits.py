"""Time limits for database statements and transactions."""

from __future__ import annotations

from typing import Any


def limit_times(database: dict[str, Any], *, statement: int, idle: int) -> None:
    """Abort statements and idle transactions after so many seconds.

    `options` in DATABASE_URL take precedence. A pooler doesn't pass options on, so there each transaction sets them.
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
