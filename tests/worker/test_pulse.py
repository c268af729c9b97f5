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

from tests.waiting import wait_until


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A worker's, with a folder of its own for temporary files."""
    return {**os.environ, "TMPDIR": str(tmp_path), "BANDSTAND_WORKER_CONCURRENCY": "1", "REDIS_URL": settings.REDIS_URL}


@pytest.fixture
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "bandstand_worker"], env=environment)
    yield process
    process.kill()
    process.wait()


def probe(what: str, environment: dict[str, str]) -> bool:
    command = [sys.executable, "-m", "bandstand_worker", "probe", what]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def test_it_is_alive_and_ready_until_it_is_told_to_stop(worker, environment):
    assert not probe("ready", environment)
    wait_until(lambda: probe("ready", environment))
    assert probe("alive", environment)
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: worker.poll() is not None)
    assert not probe("ready", environment)


def test_it_stays_alive_but_unready_while_redis_is_away(environment):
    unreachable = {**environment, "REDIS_URL": "redis://127.0.0.1:1/0"}
    process = subprocess.Popen([sys.executable, "-m", "bandstand_worker"], env=unreachable)
    try:
        wait_until(lambda: probe("alive", unreachable))
        assert not probe("ready", unreachable)
    finally:
        process.kill()
        process.wait()
