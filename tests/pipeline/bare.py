"""Bare Celery for comparison: the same broker, the same pool, the same options, a task that does nothing."""

from __future__ import annotations

import os
import sys
import time

from celery import Celery

app = Celery("bare", broker=os.environ["REDIS_URL"], fixups=[])
app.conf.update(
    accept_content=["json"],
    result_backend=None,
    task_acks_late=True,
    task_ignore_result=True,
    worker_concurrency=int(os.environ["BANDSTAND_WORKER_CONCURRENCY"]),
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
)


@app.task(name="bare.empty")
def empty() -> None:
    """Do nothing."""


def send(count: str) -> None:
    """Send `count` tasks; print when it began."""
    sys.stdout.write(f"{time.time()}\n")
    for _number in range(int(count)):
        empty.delay()


def work() -> None:
    """Run tasks."""
    options = ["--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["--quiet", "worker", *options])


if __name__ == "__main__":
    from tests.pipeline import bare  # under its own name, so that messages can be read by another process

    getattr(bare, sys.argv[1])(*sys.argv[2:])
