"""`manage.py prove_deployment`: what `helm test` runs. It creates no portal and leaves one finished job behind."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.core.management.base import BaseCommand, CommandError

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import PRUNE_JOBS, PruneJobs
from bandstand.jobs.models import FINISHED, Job, State

LOOK_EVERY = 0.2  # seconds
KEY = "prove-deployment"


class Command(BaseCommand):
    """Fails with a message that names the missing part."""

    help = "Prove that web, database, Redis, the dispatcher and a worker are there and work together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--web", required=True, help="Address of the web service, such as http://bandstand-web.")
        parser.add_argument("--seconds", type=float, default=60, help="How long the job may take.")

    def handle(self, *_args: Any, **options: Any) -> None:
        self._prove_web(options["web"].rstrip("/"))
        self.stdout.write("Web is ready: it reaches the database and Redis, and migrations are current.")
        taken = self._prove_jobs(options["seconds"])
        self.stdout.write(f"A job went through the dispatcher and a worker in {taken:.1f} s.")

    def _prove_web(self, address: str) -> None:
        request = Request(f"{address}/readyz", headers={"User-Agent": "bandstand-proof"})  # noqa: S310 - the operator's
        try:
            urlopen(request, timeout=10).close()  # noqa: S310 # the address is the operator's
        except HTTPError as problem:
            raise CommandError(f"Web is not ready: {problem.read(500).decode(errors='replace')}") from None
        except (URLError, TimeoutError) as problem:
            raise CommandError(f"Web can't be reached at {address}: {problem}") from None

    def _prove_jobs(self, seconds: float) -> float:
        began = time.monotonic()
        job = enqueue(PRUNE_JOBS, PruneJobs(), organization=None, key=KEY, created_by="prove_deployment")
        while time.monotonic() - began < seconds:
            job.refresh_from_db(fields=["state", "error"])
            if job.state in FINISHED:
                break
            time.sleep(LOOK_EVERY)
        if job.state != State.DONE:
            raise CommandError(_explanation(job, seconds))
        return time.monotonic() - began


def _explanation(job: Job, seconds: float) -> str:
    reasons = {
        State.WAITING: "nobody admitted it: no dispatcher is active, or no worker lives",
        State.ADMITTED: "no worker of the queue took it up",
        State.RUNNING: "a worker still runs it",
    }
    if job.state in FINISHED:
        return f"The job ended as {job.state}: {job.error}"
    return f"The job was not done within {seconds:.0f} s: {reasons[State(job.state)]}."
