"""Whether a million finished jobs are felt: asking for a job, claiming it, the backstage's list."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

from django.db import connection

FINISHED = 1_000_000
TIMES = 200
TINY = {"FINISHED": 200, "TIMES": 3}
# Spread over organizations and the two weeks that finished rows are kept; a hundredth failed.
_FILL = """
    INSERT INTO public.jobs_job (organization_id, kind, payload, payload_version, queue, brief, key, created_by,
        created_at, run_at, state, attempts, deaths, fence, worker, cancel_requested, started_at, finished_at,
        progress_done, progress_total, progress_message, error, error_class)
    SELECT o.id, 'gigs.remind', '{"due_at": "2026-11-20T08:00:00+00:00"}', 1, 'default', false, '', 'schedule', at, at,
        CASE WHEN n %% 100 = 0 THEN 'failed' ELSE 'done' END, 1, 0, 1, 'bench', false, at, at, 0, 0, '', '', ''
    FROM generate_series(1, %s) AS n
    JOIN LATERAL (SELECT now() - n * interval '1 second' AS at) AS moment ON true
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places
          FROM public.organizations_organization) AS o ON o.place = n %% o.places
"""


def run() -> Iterator[dict[str, object]]:
    """Measure three things on an empty table and on a full one."""
    from django.test import Client  # noqa: PLC0415

    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs  # noqa: PLC0415
    from bandstand.jobs.enqueueing import enqueue  # noqa: PLC0415
    from bandstand.jobs.models import Job, State  # noqa: PLC0415
    from bandstand.tenancy.provisioning import organization_create  # noqa: PLC0415
    from bandstand_worker.ledger import AttemptOutcome, Ledger  # noqa: PLC0415

    owner, _created = User.objects.get_or_create(email="jobs@example.org")
    organizations = [organization_create(name="Bench", slug=f"bench-jobs-{n}", owner=owner) for n in range(5)]
    first = organizations[0]
    ledger = Ledger(worker="bench", lease=timedelta(seconds=30))
    payload = RemindOfGigs(due_at="2026-11-20T08:00:00+00:00")
    browser = Client(HTTP_HOST=first.host)
    log_in(browser, first)
    waiting: list[int] = []

    def ask() -> None:
        enqueue(REMIND_OF_GIGS, payload, organization=first)

    def claim() -> None:
        claimed = ledger.claim(waiting.pop())
        assert claimed is not None
        ledger.finish(AttemptOutcome(job_id=claimed.job_id, fence=claimed.fence, state=State.DONE))

    def look() -> None:
        assert browser.get("/backstage/jobs/").status_code == 200

    def measure() -> list[float]:
        nonlocal waiting
        asked = median_ms(ask)
        due = Job.objects.filter(state=State.WAITING)
        waiting = list(due.values_list("pk", flat=True))
        admitted = median_ms(admit, times=20)
        due.update(state=State.ADMITTED)
        return [asked, admitted, median_ms(claim), median_ms(look, times=40)]

    from bandstand_worker.dispatching import Dispatcher  # noqa: PLC0415
    from bandstand_worker.ledger import connect  # noqa: PLC0415

    with closing(connect(name="bench")) as link:
        dispatcher = Dispatcher(link, Nowhere())  # type: ignore[arg-type]

        def admit() -> None:
            dispatcher.admit()

        Job.objects.all().delete()
        measure()
        empty = measure()
        with connection.cursor() as cursor:
            cursor.execute(_FILL, [FINISHED])
            cursor.execute("VACUUM ANALYZE public.jobs_job")
        measure()
        full = measure()
    Job.objects.all().delete()
    names = ("asking for a job", "the dispatcher's look", "claiming and finishing", "the backstage's list")
    for name, before, after in zip(names, empty, full, strict=True):
        yield {
            "what": f"{name} beside {FINISHED:,} finished ones (peer: an empty table)",
            "here": f"{after:.2f} ms",
            "peer": f"{before:.2f} ms",
            "ratio": f"{after / before:.2f}",
            "goal": "<= 1.2",
        }


class Nowhere:
    """Takes messages and delivers none: no worker has a slot here."""

    def publish(self, *_arguments: object, **_more: object) -> None:
        """Forget it."""


def log_in(browser: object, organization: object) -> None:
    """Give the browser a session of the owner's."""
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    from bandstand.accounts import roles  # noqa: PLC0415

    with tenant_context(organization):
        user = roles.holders(roles.OWNER)[0]
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")  # type: ignore[attr-defined]


def median_ms(function: Callable[[], None], *, times: int | None = None) -> float:
    """Return the median of how many milliseconds one call takes."""
    taken = []
    for _time in range(times or TIMES):
        began = time.perf_counter()
        function()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
