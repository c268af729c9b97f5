"""How long a spreadsheet of 10,000 rows takes from the upload to the last row stored: bands with all that belongs to
them, gigs, and each file once more, which changes nothing.

Processors' time is told apart, as seconds on a machine that does other things too say little.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django_tenants.utils import tenant_context

from tests.bench._processors import database_seconds
from tests.bench.portals import slug

SIZES = (1,)
ROWS = 10_000
GENRES = 60
GOAL = "< 30 s"
TINY = {"ROWS": 20}


def run_at(_tenants: int) -> Iterator[dict[str, object]]:
    """Measure in the first portal, and take back what was stored."""
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    with tenant_context(Organization.objects.get(slug=slug(0))), transaction.atomic():
        for subject, content in (("bands", bands()), ("gigs", gigs())):
            for what in ("new", "the same again"):
                taken = _measured(subject, content)
                yield {"what": f"import of {ROWS:,} {subject}, {what}", "here": str(taken), "goal": GOAL}
        transaction.set_rollback(True)


def bands() -> str:
    """Return a file of bands with two genres, three members with instruments and two links each."""
    return _written(
        ["name", "town", "country", "formed", "genres", "members", "links", "published"],
        (
            [
                f"The Benchmark {number:05d}",
                f"Town {number % 300}",
                "Germany",
                str(1960 + number % 60),
                f"Genre {number % GENRES}, Genre {(number + 7) % GENRES}",
                f"Anna Bell {number} (vocals, guitar) 1999-2004; Ben Sharp {number} (bass); Cleo Flat {number} (drums)",
                f"Bandcamp https://band{number}.bandcamp.com; Site https://band{number}.example",
                "yes",
            ]
            for number in range(ROWS)
        ),
    )


def gigs() -> str:
    """Return a file of gigs of the bands that the other file has."""
    return _written(
        ["starts at", "venue", "town", "country", "bands", "published"],
        (
            [
                f"2027-{number % 12 + 1:02d}-{number % 28 + 1:02d} {12 + number % 10}:{number % 60:02d}",
                f"Hall {number}",
                f"Town {number % 300}",
                "Germany",
                f"The Benchmark {number:05d}; The Benchmark {(number * 7) % ROWS:05d}",
                "yes",
            ]
            for number in range(ROWS)
        ),
    )


@dataclass(frozen=True)
class _Taken:
    seconds: float
    python: float
    database: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, of processors {self.python:.1f} s in Python, {self.database:.1f} s in PostgreSQL"


def _measured(subject: str, content: str) -> _Taken:
    from bandstand.accounts import roles  # noqa: PLC0415
    from tests.importing import import_through  # noqa: PLC0415

    owner = roles.holders(roles.OWNER)[0]
    began, python, database = time.perf_counter(), time.process_time(), database_seconds()
    done = import_through(subject=subject, content=content, by=owner)
    taken = _Taken(time.perf_counter() - began, time.process_time() - python, database_seconds() - database)
    if done.added + done.unchanged != ROWS:
        raise AssertionError(f"{done.added} added, {done.unchanged} unchanged, {done.refused} refused")
    return taken


def _written(headings: list[str], rows: Iterator[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue()
