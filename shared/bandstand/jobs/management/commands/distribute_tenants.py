"""`manage.py distribute_tenants`: enqueue the distribution of schemas over the Citus cluster."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bandstand.jobs.distributing import distribution_enqueue


class Command(BaseCommand):
    """Does at once what a recurring job does each minute, and lists the organizations."""

    help = "Enqueue a job for each portal whose schema isn't spread over the Citus cluster yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.CITUS:
            raise CommandError("BANDSTAND_CITUS isn't set: schemas stay where they are.")
        jobs = distribution_enqueue()
        for job in jobs:
            self.stdout.write(f"{job.organization.slug if job.organization else ''}: job {job.pk}")
        self.stdout.write(f"{len(jobs)} schemas are to be spread." if jobs else "Every schema is spread.")
