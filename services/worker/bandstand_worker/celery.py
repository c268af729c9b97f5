"""The Celery application: how messages travel and processes run. The job itself is described by its database row."""

from __future__ import annotations

import django
from celery import Celery
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutting_down,
)
from django.conf import settings
from kombu.entity import Exchange
from kombu.entity import Queue as Channel

django.setup()

from bandstand.jobs.kinds import Queue  # noqa: E402 - models need the line above
from bandstand_worker import processes, pulse, reconnecting  # noqa: E402
from bandstand_worker.registry import check_contract  # noqa: E402

TASK = "bandstand.run_jobs"

# No fixups: Celery's Django fixup opens and closes connections on its own schedule; executing.py does it for us.
app = Celery("bandstand", fixups=[], set_as_current=True)
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A Redis that becomes a replica, or is out of memory, answers errors on an intact connection: connect anew, too.
    broker_channel_error_retry=True,
    broker_transport_options={
        "queue_order_strategy": "priority",  # as listed below: interactive first
        "socket_connect_timeout": 3,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "visibility_timeout": 3600,  # a message delivered again finds its job claimed: harmless
    },
    result_backend=None,
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_acks_late=True,
    task_reject_on_worker_lost=False,  # the sweep requeues the jobs of a dead process
    task_queues=[Channel(queue.value, Exchange("jobs"), routing_key=queue.value) for queue in Queue],  # type: ignore[no-untyped-call]
    task_default_queue=Queue.DEFAULT.value,
    task_create_missing_queues=False,
    worker_concurrency=settings.ENVIRONMENT.worker_concurrency,
    worker_prefetch_multiplier=1,
    worker_max_memory_per_child=settings.ENVIRONMENT.worker_max_memory_mb * 1024,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    enable_utc=True,
)
app.steps["consumer"].update({pulse.Pulse, reconnecting.Reconnecting})


@app.task(name=TASK, Request=reconnecting.Request)
def run_jobs(numbers: list[int]) -> None:
    """Run the jobs with these numbers, one after the other."""
    processes.executor().work(numbers)


@setup_logging.connect
def _keep_logging(**_kwargs: object) -> None:
    """Keep Django's logging configuration: Celery skips its own setup when this signal has a receiver."""


@worker_init.connect
def _check_contract(**_kwargs: object) -> None:
    try:
        check_contract()
    except Exception as problem:
        raise SystemExit(str(problem)) from problem  # Celery swallows ordinary exceptions raised in a receiver


@worker_init.connect
def _begin_pulse(**_kwargs: object) -> None:
    pulse.begin()


@worker_process_init.connect
def _begin(**_kwargs: object) -> None:
    processes.begin()


@worker_process_shutdown.connect
def _end(**_kwargs: object) -> None:
    processes.end()


@worker_shutting_down.connect
def _drain(**_kwargs: object) -> None:
    # On SIGTERM Celery takes no more messages and waits for its children, which stop by themselves in time (see
    # keeper.py). Celery's own soft shutdown would sleep through the whole grace period before telling them.
    processes.drain()
