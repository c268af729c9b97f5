"""`manage.py jobs`: manage background jobs from a shell."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from io import StringIO
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from bandstand.jobs.controlling import admission_paused, cancel, retry
from bandstand.jobs.kinds import Queue, kinds
from bandstand.jobs.models import IN_FLIGHT, Job, JobQuerySet, State
from bandstand.organizations.models import Organization

WIDTH: Final = 180  # columns; narrower terminals wrap the lines
LOOK_EVERY: Final = 0.5  # seconds


class Command(BaseCommand):
    """Lists, retries, cancels and drains. Hides results and error messages, which may contain personal data."""

    help = "List jobs, try them again, cancel them, or let the pipeline run empty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="show jobs, the newest first")
        _add_filters(listing)
        listing.add_argument("--limit", type=int, default=50, help="how many at most (50)")
        for name, about in (("retry", "start failed or cancelled jobs again"), ("cancel", "stop unfinished jobs")):
            action = actions.add_parser(name, help=about)
            action.add_argument("ids", nargs="*", type=int, metavar="ID", help="numbers of jobs")
            action.add_argument("--all", action="store_true", help="all that the filters leave, instead of numbers")
            _add_filters(action)
        drain = actions.add_parser("drain", help="admit nothing, wait for what runs, and hold until Ctrl-C")
        drain.add_argument("--seconds", type=float, default=300, help="how long running jobs may take (300)")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["action"] == "drain":
            self._drain(options["seconds"])
        elif options["action"] == "list":
            self._list(_chosen(options)[: options["limit"]])
        else:
            self._change(options)

    def _list(self, jobs: JobQuerySet) -> None:
        table = Table(box=None, pad_edge=False)
        for heading in ("id", "organization", "kind", "queue", "state", "attempts", "due", "ran", "why"):
            table.add_column(heading, justify="right" if heading in {"id", "attempts", "ran"} else "left")
        for job in jobs:
            ran = f"{job.duration.total_seconds():.1f} s" if job.duration else ""
            whose = job.organization.slug if job.organization else "(platform)"
            due = f"{job.run_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(
                str(job.pk), whose, job.kind, job.queue, job.state, str(job.attempts), due, ran, job.error_class
            )
        printed = StringIO()
        Console(file=printed, width=WIDTH).print(table)
        self.stdout.write(printed.getvalue())

    def _change(self, options: dict[str, Any]) -> None:
        if bool(options["ids"]) == options["all"]:
            raise CommandError("Give the numbers of jobs, or --all and perhaps filters.")
        jobs = _chosen(options)
        if options["ids"]:
            jobs = jobs.filter(pk__in=options["ids"])
        if options["action"] == "retry":
            self.stdout.write(f"{retry(jobs)} jobs are tried again.")
        else:
            self.stdout.write(f"{cancel(jobs)} jobs are cancelled, or stop at their next step.")

    def _drain(self, seconds: float) -> None:
        with admission_paused():
            self.stdout.write("Nothing is admitted any more. Waiting for what runs …")
            deadline = time.monotonic() + seconds
            while left := Job.objects.filter(state__in=IN_FLIGHT).count():
                if time.monotonic() > deadline:
                    raise CommandError(f"{left} jobs still run after {seconds:.0f} s. Jobs are admitted again.")
                time.sleep(LOOK_EVERY)
            self.stdout.write(self.style.SUCCESS("Nothing runs. Jobs wait until this command ends: press Ctrl-C."))
            self.stdout.flush()
            try:
                while True:
                    time.sleep(LOOK_EVERY)
            except KeyboardInterrupt:
                self.stdout.write("Jobs are admitted again.")


def _add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--state", choices=State.values)
    parser.add_argument("--queue", choices=[queue.value for queue in Queue])
    parser.add_argument("--kind", help="name of a kind, such as mail.send")
    parser.add_argument("--organization", metavar="SLUG", help="an organization's address, or - for the platform")


def _chosen(options: dict[str, Any]) -> JobQuerySet:
    jobs = JobQuerySet(Job).select_related("organization").recent()
    for name in ("state", "queue", "kind"):
        if options[name]:
            jobs = jobs.filter(**{name: options[name]})
    if options["kind"] and options["kind"] not in kinds():
        raise CommandError(f"No kind is called {options['kind']}. There are: {', '.join(sorted(kinds()))}.")
    slug = options["organization"]
    if slug == "-":
        return jobs.of_organization(None)
    if slug:
        try:
            return jobs.of_organization(Organization.objects.get(slug=slug))
        except Organization.DoesNotExist:
            raise CommandError(f"No organization has the address {slug}.") from None
    return jobs
