"""Outages are told from mistakes, by what real servers answer."""

from __future__ import annotations

import errno
import json
import os

import psycopg
import pytest
import redis
from django.conf import settings as configured
from django.db import DatabaseError, connection, transaction
from psycopg import sql
from pytest_django.fixtures import Settings

from bandstand.database.connection import connection as wrapper
from bandstand.database.outages import Outage, outage_of, redis_refusal
from bandstand.database.writability import refusal

ADDRESS = os.environ.get("DATABASE_URL", "")


def test_a_read_only_transaction_is_an_outage(db: None) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("DELETE FROM jobs_slot")

    assert outage_of(refused.value) is Outage.READ_ONLY


@pytest.mark.parametrize(
    "statement",
    ["SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", "SELECT 1 / 0", "SELECT * FROM nowhere"],
    ids=["slow", "wrong", "absent"],
)
def test_a_statement_at_fault_is_none(statement: str, db: None) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert outage_of(refused.value) is None


@pytest.mark.parametrize(
    "changed",
    [{"port": "1"}, {"host": "nowhere.invalid"}, {"password": "wrong", "user": "nobody"}, {"dbname": "nowhere"}],
    ids=["nobody listens", "no such name", "log-in refused", "no such database"],
)
def test_a_connection_that_is_refused_is_an_outage(changed: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(psycopg.conninfo.make_conninfo(ADDRESS, **changed))

    assert outage_of(refused.value) is Outage.AWAY


@pytest.mark.parametrize("code", ["08000", "08001", "08003", "08006"])
def test_a_node_that_the_database_cannot_reach_is_an_outage_of_its_own(code: str, db: None) -> None:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no connection' USING ERRCODE = '{code}'; END $$")

    assert outage_of(refused.value) is Outage.NODE


def test_on_a_cluster_so_is_a_statement_that_takes_all_its_time(settings: Settings, db: None) -> None:
    settings.CITUS = True
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    assert outage_of(refused.value) is Outage.NODE


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_an_outage_also_behind_another_exception(number: int) -> None:
    problem = RuntimeError("the file wasn't stored")
    problem.__cause__ = OSError(number, os.strerror(number))

    assert outage_of(problem) is Outage.FULL
    assert outage_of(OSError(errno.ENOENT, "gone")) is None


def test_a_disk_is_no_longer_full_once_something_fits(db: None) -> None:
    wrapper.was_full.add("default")

    assert refusal() is None
    assert not wrapper.was_full


def test_a_role_that_may_not_ask_is_not_unready_for_good(db: None) -> None:
    address = json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"]
    names = [sql.Identifier(connection.settings_dict[name]) for name in ("NAME", "USER")]
    wrapper.was_full.add("default")
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM {}").format(*names))
        try:
            assert refusal() is None
        finally:
            server.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(*names))


def test_a_command_that_does_not_fit_a_key_is_no_outage() -> None:
    with redis.Redis.from_url(configured.REDIS_URL) as client:
        client.set("outages:text", "x")
        with pytest.raises(redis.ResponseError) as refused:
            client.lpush("outages:text", "y")
        client.delete("outages:text")

    assert redis_refusal(refused.value) == ""
    assert outage_of(refused.value) is None
