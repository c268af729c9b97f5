"""How long a search takes among 5,000 bands: for a word that most have, with a typo, and for what nobody has.

The peer is what stood here until November 2026: likeness compared by `word_similarity(…) >= …`, which no index serves,
and ranks looked up row by row. Both find as many bands, and the same where a page shows all, or the benchmark fails.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction
from django_tenants.utils import tenant_context

from tests.bench import _search_before
from tests.bench._processors import database_seconds
from tests.bench.portals import slug

SIZES = (1,)
BANDS = 5_000
BATCH = 500
ROUNDS = 15
SHOWN = 20  # results on a page
TINY = {"BANDS": 50, "ROUNDS": 2}
GOAL = "<= 20 ms"
_SYLLABLES = (
    "ba",
    "bo",
    "bra",
    "dan",
    "del",
    "fen",
    "gor",
    "hal",
    "ker",
    "lin",
    "mar",
    "nor",
    "pel",
    "ros",
    "sel",
    "vin",
)


def run_at(_portals: int) -> Iterator[dict[str, object]]:
    """Measure in the first portal, and take back what was stored."""
    from bandstand.bands.models import Band  # noqa: PLC0415
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    with tenant_context(Organization.objects.get(slug=slug(0))), transaction.atomic():
        fill()
        with connection.cursor() as cursor:  # others' time can't be read
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        bands = Band.objects.published()
        for what, query in (
            ("a word that every band has", "orchestra"),
            ("two words", "orchestra benchm"),
            ("a typo", "benchamrk"),
            ("what nobody has", "xylophonist"),
        ):
            ours, before = [], []
            for _round in range(ROUNDS):
                before.append(milliseconds(_before, bands, query))
                ours.append(milliseconds(_now, bands, query))
            (number, shown), (before_number, before_shown) = _now(bands, query), _before(bands, query)
            if number != before_number or (number <= SHOWN and shown != before_shown):
                raise AssertionError(f"{query}: not the same bands")
            yield {
                "what": f"search among {BANDS:,} bands for {what}, the first page and how many (peer: before)",
                "here": f"{statistics.median(ours):.1f} ms",
                "peer": f"{statistics.median(before):.1f} ms",
                "ratio": f"{statistics.median(ours) / statistics.median(before):.2f}",
                "goal": GOAL,
            }
        transaction.set_rollback(True)


def fill() -> None:
    """Store bands of names that share syllables, as names of one language do, with towns, genres and members."""
    from bandstand.bands.models import Band, Genre, Member  # noqa: PLC0415
    from bandstand.content.search_entries import entries_refreshed_at_end  # noqa: PLC0415

    dice = random.Random(1)  # noqa: S311

    def name() -> str:
        return "".join(dice.choices(_SYLLABLES, k=dice.randint(2, 3))).title()

    through: Any = Band.genres.through
    towns = [name() for _number in range(300)]
    genres = Genre.objects.bulk_create(Genre(name=f"{name()} {each}", slug=f"found-{each}") for each in range(60))
    for first in range(0, BANDS, BATCH):
        with entries_refreshed_at_end():
            bands = Band.objects.bulk_create(
                Band(
                    name=f"{name()} {name()} Orchestra",
                    slug=f"found-{each}",
                    town=dice.choice(towns),
                    is_published=True,
                )
                for each in range(first, min(first + BATCH, BANDS))
            )
            links = (through(band=band, genre=genre) for band in bands for genre in dice.sample(genres, k=2))
            through.objects.bulk_create(links)
            members = (Member(band=band, name=f"{name()} {name()}", position=at) for band in bands for at in range(3))
            Member.objects.bulk_create(members)
    Band.objects.filter(slug="found-7").update(name="The Benchmark Orchestra")
    with connection.cursor() as cursor:  # what autovacuum does by the time that anybody searches
        cursor.execute(
            "SELECT gin_clean_pending_list('search_entry_words'), gin_clean_pending_list('search_entry_vector')"
        )
        cursor.execute("ANALYZE content_searchentry, bands_band")


def _now(bands: Any, query: str) -> tuple[int, set[int]]:
    from bandstand.content.one_search import search_among  # noqa: PLC0415

    found = search_among(query, [bands], for_visitors=True)
    return found.total, {key for _kind, key in found.keys()[:SHOWN]}


def _before(bands: Any, query: str) -> tuple[int, set[int]]:
    found = _search_before.best_matches(bands, query)
    return found.count(), set(found.values_list("pk", flat=True)[:SHOWN])


def milliseconds(search: Callable[[Any, str], object], bands: Any, query: str) -> float:
    """Return how much of the processors' time PostgreSQL and Python take, as others may be busy, too."""
    began = time.process_time() + database_seconds()
    search(bands, query)
    return (time.process_time() + database_seconds() - began) * 1000
