"""A PgBouncer, a database of its own behind it, and Python processes that know of both."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from bandstand.devstack.postgres import database_create
from tests import prepared, servers
from tests.poolers.pgbouncer import PgBouncer
from tests.required_tools import require

Call = Callable[..., str]


@pytest.fixture(scope="session")
def pooled_environment() -> Iterator[dict[str, str]]:
    """The environment of a process whose DATABASE_URL leads to PgBouncer, in front of a freshly migrated database."""
    program = require("pgbouncer")
    stack = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    number = servers.worker_number()
    name = f"test_pooled_{number}"
    roles = {"owner": servers.role_of(stack["owner"]), "runtime": servers.role_of(stack["runtime"])}
    _drop(stack["admin"], name)
    database_create(stack["admin"], name, template=servers.kept_database(), **roles)
    with PgBouncer(program, stack["runtime"], name=f"pgbouncer-{number}") as pooler:
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.poolers.settings",
            "DATABASE_URL": pooler.url(name),
            "BANDSTAND_DATABASE_POOLER": "transaction",
            "BANDSTAND_DATABASE_DIRECT_URL": servers.with_path(stack["runtime"], name),
            "MIGRATION_DATABASE_URL": servers.with_path(stack["owner"], name),
            "REDIS_URL": urlsplit(stack["valkey"])._replace(path=f"/{number + 40}").geturl(),
            "BANDSTAND_LOG_LEVEL": "CRITICAL",
        }
    _drop(stack["admin"], name)


@pytest.fixture(scope="session")
def call(pooled_environment: dict[str, str]) -> Call:
    """Run Python behind the pooler to its end and return what it printed."""

    def run(*arguments: str, **more: str) -> str:
        done = prepared.run(*arguments, environment={**pooled_environment, **more})
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def _drop(admin: str, name: str) -> None:
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
