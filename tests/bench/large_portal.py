"""Pages of a portal with 500 bands, 10,000 gigs and 3,000 posts, each made anew for one visitor.

Besides its search, and its calendar from the cache.
"""

from __future__ import annotations

import http
import random
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from tests.bench import _load, portals
from tests.bench._serving import ask, served

SLUG = "large"
BANDS, GIGS, POSTS, TOWNS = 500, 10_000, 3_000, 300
WORDS, BATCH = 300, 500  # of a post
IN_THE_CALENDAR = 2000  # of the gigs: those to come, and those of the last twelve months
ASKED = 30
SECONDS = 4.0
CLIENTS = 4
TINY = {"BANDS": 3, "GIGS": 40, "POSTS": 4, "IN_THE_CALENDAR": 20, "ASKED": 2, "SECONDS": 0.2}
SIZES = (1,)
CALENDAR = "/gigs.ics"
GOAL = "<= 150 ms"
# A name, a word of a third of everything, two words, a typo, and what nobody has.
SEARCHES = ("Band 17", "hall", "town 7", "hlal", "xylophonist")
SEARCH_GOAL = "< 100 ms"


def run_at(_tenants: int) -> Iterator[dict[str, object]]:
    """Measure in a portal of its own; `portals.remove_others()` takes it away before the next run."""
    host = _portal()
    with served("bandstand_web.settings", {"BANDSTAND_PAGE_CACHE_SECONDS": "0"}) as port:
        for path in _paths():
            taken = _milliseconds(port, host, path)
            yield {"what": f"{GIGS:,} gigs: {path} not cached, p50", "here": f"{taken:.0f} ms", "goal": GOAL}
        for query in SEARCHES:
            taken = _milliseconds(port, host, f"/search/?q={quote(query)}", asked=ASKED // 3)
            what = f"{BANDS:,} bands, {GIGS:,} gigs, {POSTS:,} posts: search for {query}, p50"
            yield {"what": what, "here": f"{taken:.0f} ms", "goal": SEARCH_GOAL}
    with served("bandstand_web.settings", {}) as port:
        _milliseconds(port, host, CALENDAR)
        load = _load.put(port, [host], CALENDAR, {}, clients=CLIENTS, seconds=SECONDS)
    yield {
        "what": f"{GIGS:,} gigs: {CALENDAR} with {IN_THE_CALENDAR:,} of them from the cache, p99",
        "here": f"{load.p99:.1f} ms ({load.rate:.0f}/s)",
        "goal": "< 50 ms",
    }


def _paths() -> list[str]:
    month = f"{timezone.localdate() + timedelta(days=40):%Y-%m}"
    lists = ["/", "/bands/", "/gigs/", "/gigs/?when=past", f"/gigs/month/{month}/", "/gigs/?town=Town%207"]
    return [*lists, "/bands/band-1/", "/gigs/gig-1/", CALENDAR, "/gigs.json", "/sitemap.xml", "/sitemap-gig.xml"]


def _milliseconds(port: int, host: str, path: str, *, asked: int | None = None) -> float:
    """Return how long half of the answers took, the first one apart, with which the process learns the page."""
    taken = []
    for _number in range((asked or ASKED) + 1):
        began = time.perf_counter()
        status, _body, _headers = ask(port, host, path)
        taken.append((time.perf_counter() - began) * 1000)
        if status != http.HTTPStatus.OK:
            raise SystemExit(f"{path} at {host} answered {status}")
    return statistics.median(taken[1:])


def _portal() -> str:
    """Sign a portal up, fill it, and return its host."""
    from bandstand.content.search_entries import entries_refreshed_at_end  # noqa: PLC0415

    organization = portals.signed_up("Large", SLUG)
    with tenant_context(organization):
        with entries_refreshed_at_end():
            _fill()
        for first in range(0, POSTS, BATCH):
            with entries_refreshed_at_end():
                _fill_news(range(first, min(first + BATCH, POSTS)))
    with tenant_context(organization), connection.cursor() as cursor:  # what autovacuum does in the meantime
        cursor.execute("ANALYZE content_searchentry, bands_band, gigs_gig, news_post")
    return organization.host


def _fill() -> None:
    from bandstand.bands.models import Band  # noqa: PLC0415
    from bandstand.gigs.appearances import Appearance  # noqa: PLC0415
    from bandstand.gigs.models import Gig  # noqa: PLC0415

    bands = Band.objects.bulk_create(
        Band(name=f"Band {number}", slug=f"band-{number}", town=f"Town {number % TOWNS}", is_published=True)
        for number in range(BANDS)
    )
    apart, now = timedelta(days=365) / (IN_THE_CALENDAR / 2), timezone.now()
    gigs = Gig.objects.bulk_create(
        Gig(
            title=f"Gig {number}",
            slug=f"gig-{number}",
            starts_at=now + (IN_THE_CALENDAR / 2 - number) * apart,  # half of the calendar is to come
            time_zone="Europe/Berlin",
            venue=f"Hall {number % TOWNS}",
            town=f"Town {number % TOWNS}",
            is_published=True,
        )
        for number in range(GIGS)
    )
    Appearance.objects.bulk_create(
        Appearance(gig=gig, band=bands[(number * 7 + position) % BANDS], position=position)
        for number, gig in enumerate(gigs)
        for position in range(2)
    )


def _fill_news(numbers: range) -> None:
    from bandstand.news.models import Post  # noqa: PLC0415

    dice = random.Random(numbers.start)  # noqa: S311
    words = [f"{word}{number}" for number in range(TOWNS) for word in ("Band ", "Town ", "word", "later")]
    Post.objects.bulk_create(
        Post(
            title=f"Post {number}",
            slug=f"post-{number}",
            text=" ".join(dice.choices(words, k=WORDS)),
            is_published=True,
        )
        for number in numbers
    )
