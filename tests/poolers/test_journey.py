"""The product's processes behind the pooler, and what they do where a session is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyrage
import pytest

from tests import prepared
from tests.poolers.conftest import Call

WORKER = {"DJANGO_SETTINGS_MODULE": "bandstand_worker.settings"}


@pytest.fixture
def _workers(pooled_environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A real worker and a real dispatcher behind the pooler."""
    environment = {
        **pooled_environment,
        **WORKER,
        "BANDSTAND_WORKER_CONCURRENCY": "2",
        "BANDSTAND_WORKER_GRACE_SECONDS": "2",
        "EMAIL_URL": "dummymail://",
        "TMPDIR": str(tmp_path),
    }
    with ExitStack() as stack:
        for command in (["-m", "bandstand_worker"], ["-m", "bandstand_worker", "dispatch"]):
            process = prepared.begin(*command, environment=environment)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        yield


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.usefixtures("_workers")
def test_a_portal_begins_behind_the_pooler_and_survives_a_backup(call: Call, tmp_path: Path) -> None:
    report = json.loads(call("-m", "tests.poolers.journey"))

    assert set(report.pop("jobs")) == {"done"}
    assert report == {
        "handed over": "/backstage/",
        "logged in": "/organizations/",
        "bands": ["new-ones", "old-ones"],
        "refused rows": 1,
    }

    # Both need a session, and find their way past the pooler to it.
    saving = {"BANDSTAND_BACKUPS": str(tmp_path), "BANDSTAND_BACKUP_KEY": str(pyrage.x25519.Identity.generate())}
    call("manage.py", "backup_tenant", "dora", **saving)
    assert "twin" in call("manage.py", "restore_tenant", "dora", "--slug", "twin", **saving)
    call("manage.py", "check_tenants")


def test_migrating_refuses_to_go_through_the_pooler(pooled_environment: dict[str, str]) -> None:
    said = _fails(pooled_environment, "manage.py", "migrate")

    assert "BANDSTAND_DATABASE_POOLER=off" in said


def test_a_dispatcher_says_what_it_lacks(pooled_environment: dict[str, str]) -> None:
    environment = {**pooled_environment, **WORKER, "BANDSTAND_DATABASE_DIRECT_URL": ""}

    said = _fails(environment, "-m", "bandstand_worker", "dispatch")

    assert "BANDSTAND_DATABASE_DIRECT_URL" in said


def _fails(environment: dict[str, str], *arguments: str) -> str:
    done = prepared.run(*arguments, environment=environment)
    assert done.returncode, done.stdout
    return done.stderr
