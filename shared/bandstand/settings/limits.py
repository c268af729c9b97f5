"""How long a process may keep the database busy."""

from __future__ import annotations


def time_limits(*, statement: int, idle: int) -> str:
    """Return the `options` of a connection whose statements and idle transactions end after so many seconds.

    Source: PostgreSQL, statement_timeout and idle_in_transaction_session_timeout.
    """
    return f"-c statement_timeout={statement}s -c idle_in_transaction_session_timeout={idle}s"
