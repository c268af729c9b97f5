"""Probes of a real worker process: alive and ready, then told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bandstand_worker import probes
from tests.waiting import wait_until

# The worker's command, reporting a hundred times as often, so that a test needn't wait for the next report.
QUICK = "from bandstand_worker import __main__ as worker, celery, pulse; pulse.EVERY /= 100; worker.main()"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A worker's, with a folder of its own for temporary files."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings",
        "TMPDIR": str(tmp_path),
        "BANDSTAND_WORKER_CONCURRENCY": "1",
        "REDIS_URL": settings.REDIS_URL,
    }


@pytest.fixture
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "bandstand_worker"], env=environment)
    yield process
    process.kill()
    process.wait()


def probe(what: str, environment: dict[str, str]) -> bool:
    command = [sys.executable, "-m", "bandstand_worker", "probe", what]
    return subprocess.run(command, env=environment, check=False).returncode == 0


@pytest.mark.long
def test_it_is_alive_and_ready_until_it_is_told_to_stop(worker, environment):
    assert not probe("ready", environment)
    wait_until(lambda: probe("ready", environment))
    assert probe("alive", environment)
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: worker.poll() is not None)
    assert not probe("ready", environment)


def test_it_stays_alive_but_unready_while_redis_is_away(environment, tmp_path):
    unreachable = {**environment, "REDIS_URL": "redis://127.0.0.1:1/0"}
    reported = tmp_path / probes.FOLDER.name / probes.ALIVE
    process = subprocess.Popen([sys.executable, "-c", QUICK], env=unreachable)
    try:
        wait_until(lambda: probe("alive", unreachable))
        for _time in range(2):
            reported.unlink()
            wait_until(reported.exists)
        assert not probe("ready", unreachable)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
