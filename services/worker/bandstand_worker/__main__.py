"""The worker's commands.

python -m bandstand_worker                      run jobs
python -m bandstand_worker dispatch             admit jobs, sweep, schedule
python -m bandstand_worker reconcile            publish organizations' domains in a Kubernetes cluster
python -m bandstand_worker probe alive|ready    exit with 0 if the process is alive or ready
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser


def main() -> None:
    parser = ArgumentParser(prog="bandstand_worker")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("work", help="run jobs (the default)")
    commands.add_parser("dispatch", help="admit jobs, sweep, schedule")
    commands.add_parser("reconcile", help="publish organizations' domains in a Kubernetes cluster")
    probe = commands.add_parser("probe", help="ask how the process on this machine is")
    probe.add_argument("what", choices=["alive", "ready"])
    asked = parser.parse_args()
    if asked.command == "probe":
        from bandstand_worker import probes  # noqa: PLC0415 - a probe loads nothing else

        sys.exit(0 if probes.holds(asked.what) else 1)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bandstand_worker.settings")
    if asked.command == "dispatch":
        _dispatch()
    elif asked.command == "reconcile":
        _reconcile()
    else:
        _work()


def _dispatch() -> None:
    from bandstand_worker.celery import app  # noqa: PLC0415, F401 - sets Django up
    from bandstand_worker.dispatcher_process import main as dispatch  # noqa: PLC0415

    dispatch()


def _reconcile() -> None:
    import django  # noqa: PLC0415

    django.setup()
    from bandstand_worker.cluster.process import main as reconcile  # noqa: PLC0415

    reconcile()


def _work() -> None:
    from django.conf import settings  # noqa: PLC0415

    from bandstand_worker.celery import app  # noqa: PLC0415

    app.worker_main(
        [
            "--quiet",  # no banner: the log is one JSON object per line
            "worker",
            f"--queues={','.join(settings.ENVIRONMENT.worker_queues)}",
            f"--loglevel={settings.ENVIRONMENT.log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


if __name__ == "__main__":
    main()
