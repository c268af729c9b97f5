"""The cluster that BANDSTAND_TEST_CITUS_URL names, and Python processes that work on it.

It leads to the coordinator, as a superuser, to an empty database with the extension `citus` and its nodes added.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pyrage
import pytest

from tests.servers import ROOT

URL = "BANDSTAND_TEST_CITUS_URL"
# Tenants' tables have triggers: see docs/scaling.md.
_SETTINGS = {"enable_unsafe_triggers": "on", "node_connection_timeout": "5s"}

Step = Callable[..., Any]


@pytest.fixture(scope="session")
def cluster_url() -> str:
    """The cluster's address, with the settings that docs/scaling.md asks for."""
    url = os.environ.get(URL, "")
    if not url:
        pytest.skip(f"{URL} names no cluster, so nothing here was tried: it is the coordinator's address")
    with psycopg.connect(url, autocommit=True) as server:
        database = server.execute("SELECT quote_ident(current_database())").fetchone()
        assert database is not None
        for setting, value in _SETTINGS.items():
            server.execute(f"ALTER DATABASE {database[0]} SET citus.{setting} = '{value}'")  # type: ignore[arg-type]
    return url


@pytest.fixture(scope="session")
def step(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Step:
    """Take one step of tests/citus/steps.py in a process of its own, and return what it found."""
    files = tmp_path_factory.mktemp("citus")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bandstand_web.settings",
        "BANDSTAND_CITUS": "true",
        "BANDSTAND_MEDIA": str(files / "media"),
        "BANDSTAND_BACKUPS": str(files / "backups"),
        "BANDSTAND_BACKUP_KEY": str(pyrage.x25519.Identity.generate()),
        "DATABASE_URL": cluster_url,
    }

    def run(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "tests.citus.steps", *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.splitlines()[-1])

    return run
