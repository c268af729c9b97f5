"""Web in front of servers that are there but refuse: the right pages, the right readiness, and back within seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.serving import Answer
from tests.refusing.installation import Installation, installation
from tests.waiting import LONG


@pytest.fixture(scope="module")
def made() -> Iterator[Installation]:
    with installation("web") as running:
        yield running


@pytest.fixture
def running(made: Installation) -> Installation:
    """An installation that works: the fault before may have left the pool waiting before it connects anew."""
    made.becomes(lambda: made.write().status == 302, LONG)
    return made


def asks_to_try_again(answer: Answer, text: str) -> bool:
    return answer.status == 503 and int(answer.header("Retry-After")) <= 60 and text in answer.body.decode()


@pytest.mark.long
def test_a_failover_that_leaves_its_connections_on_a_read_only_server(running: Installation) -> None:
    running.sql("ALTER DATABASE {} SET default_transaction_read_only = on")
    running.disconnect()
    try:
        running.becomes(lambda: running.page().status == 200, LONG)  # what only reads works
        assert asks_to_try_again(running.write(), "so what you just sent")
        assert running.ready() == {"ready": False, "database": "read-only", "redis": "ok"}
    finally:
        # From now on new connections may write. Those of the pool, to the former primary as it were, never will.
        running.sql("ALTER DATABASE {} RESET default_transaction_read_only")

    running.becomes(lambda: running.write().status == 302, LONG)
    assert running.ready()["ready"]


def test_readiness_alone_leaves_a_former_primary(running: Installation) -> None:
    running.sql("ALTER DATABASE {} SET default_transaction_read_only = on")
    running.disconnect()
    running.page()
    running.sql("ALTER DATABASE {} RESET default_transaction_read_only")

    running.becomes(lambda: running.ready()["ready"], LONG)
    assert running.write().status == 302


@pytest.mark.parametrize(
    ("fault", "cure", "words"),
    [
        (
            {"maxmemory-policy": "noeviction", "maxmemory": "1"},
            {"maxmemory": "0"},
            "out of memory",
        ),
        ({"min-replicas-to-write": "1"}, {"min-replicas-to-write": "0"}, "refuses (NOREPLICAS)"),
    ],
    ids=["out of memory", "without replicas"],
)
def test_a_redis_that_refuses_is_as_if_away(
    fault: dict[str, str], cure: dict[str, str], words: str, running: Installation
) -> None:
    with running.redis() as client:
        for name, value in fault.items():
            client.config_set(name, value)
        try:
            assert running.write().status == 302, "limits are counted in memory, jobs are rows"
            assert running.page().status == 200
            assert running.ready() == {"ready": False, "database": "ok", "redis": words}
        finally:
            for name, value in cure.items():
                client.config_set(name, value)

    running.becomes(lambda: running.ready()["ready"], LONG)


def test_a_redis_that_becomes_a_replica_is_as_if_away(running: Installation) -> None:
    with running.redis() as client:
        client.replicaof("127.0.0.1", "1")
        try:
            assert running.write().status == 302
            assert running.page().status == 200
            assert running.ready() == {"ready": False, "database": "ok", "redis": "read-only"}
        finally:
            client.replicaof("NO", "ONE")

    running.becomes(lambda: running.ready()["ready"], LONG)


def test_a_database_without_a_connection_left(running: Installation) -> None:
    running.sql("ALTER DATABASE {} CONNECTION LIMIT 0")
    running.disconnect()
    try:
        running.becomes(lambda: asks_to_try_again(running.page(), "back shortly"), LONG)
        assert asks_to_try_again(running.write(), "so what you just sent")
        assert running.ready()["database"] == "unreachable"
    finally:
        running.sql("ALTER DATABASE {} CONNECTION LIMIT -1")

    running.becomes(lambda: running.ready()["ready"], LONG)
    assert running.write().status == 302
