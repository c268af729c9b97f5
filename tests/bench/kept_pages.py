"""Pages from the cache of many small portals: how often one is found, how large one is, and their throughput.

**How often** is played in simulated time by the cache's own code on the stack's Valkey: views and writes of hours, at
random, pass in seconds, and a page that isn't found is stored as middleware stores what views answer. What a write
counts for is asked of what watches the connection's statements. Before, a page lived a minute, and a vote counted for
all pages.

**Throughput** is a web process with a full cache under load, while somebody changes portals at random, each once an
hour.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

from tests.bench import portals
from tests.bench._serving import ask, served
from tests.bench.pages import PATH, Variant, _median, _ratio, _visit

SIZES = (1000,)
HOURS = 3
VIEWS, WRITES = 20, 1  # of a portal in an hour
VOTES = 10  # in an hour of a portal in which people vote
VOTING = 10  # every which portal is one of these
ROUNDS, SECONDS = 6, 2.0
TINY = {"HOURS": 2, "ROUNDS": 1, "SECONDS": 0.2}
HOUR, DAY, MINUTE = 3600, 24 * 3600, 60
WRITE = 'UPDATE "bands_band" SET name = %s'
VOTE = 'INSERT INTO "polls_vote" (voter) VALUES (%s)'


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Measure with so many portals."""
    before, after = hit_rate(tenants, life=MINUTE, vote=WRITE), hit_rate(tenants, life=DAY, vote=VOTE)
    yield {
        "what": f"{tenants:,} portals with {VIEWS} views and {WRITES} write an hour, a tenth with {VOTES} votes: "
        "pages found, in simulated time (peer: before, for a minute, and votes count for all pages)",
        "here": f"{after:.1%}",
        "peer": f"{before:.1%}",
        "ratio": f"{after / before:.1f}",
        "goal": ">= 95 %",
    }
    yield from _under_load([portals.host(number) for number in range(tenants)])


@dataclass(frozen=True, order=True)
class Event:
    """Somebody looks at a portal's page, or writes."""

    at: float
    portal: int
    statement: str = ""  # none for a view


def hit_rate(tenants: int, *, life: int, vote: str) -> float:
    """Return the share of views, but for those of the first hour, whose page was found."""
    from bandstand.database.content_version import VersionChange  # noqa: PLC0415
    from bandstand.database.writes import scopes_written  # noqa: PLC0415

    found = []
    with at_any_time(life) as clock:
        for event in happening(tenants, vote):
            clock.now = event.at
            if event.statement:
                change = VersionChange(scopes_written(event.statement, f"org_bench{event.portal}"))
                change.begin()
                change.end()
            else:
                was_found = is_found(event.portal)
                found += [was_found] if event.at > HOUR else []
    return statistics.fmean(found)


def happening(tenants: int, vote: str) -> list[Event]:
    """Return what happens in these hours, in its order."""
    chance = random.Random(1)  # noqa: S311
    events = [
        Event(chance.uniform(0, HOURS * HOUR), portal, statement)
        for portal in range(tenants)
        for times, statement in ((VIEWS, ""), (WRITES, WRITE), (0 if portal % VOTING else VOTES, vote))
        for _time in range(HOURS * times)
    ]
    return sorted(events)


@contextmanager
def at_any_time(life: int) -> Iterator[SimpleNamespace]:
    """Let the cache be empty, and its time what `now` of the result says, in seconds."""
    from django.conf import settings  # noqa: PLC0415

    from bandstand.database.content_version import WATCH, client  # noqa: PLC0415
    from bandstand_web.pagecache import store  # noqa: PLC0415

    clock = SimpleNamespace(now=0.0)
    clocks = SimpleNamespace(time=lambda: clock.now, monotonic=time.monotonic, sleep=time.sleep)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(store, "time", clocks))
        stack.enter_context(mock.patch("bandstand.database.content_version.time", clocks))
        stack.enter_context(mock.patch.object(settings, "PAGE_CACHE_SECONDS", life))
        client().flushdb()
        if life > MINUTE:
            client().set(WATCH, "bench", ex=DAY)
        yield clock
        client().flushdb()


def is_found(number: int) -> bool:
    """Look a portal's page up as middleware does, and store one if there is none."""
    from django.http import HttpResponse  # noqa: PLC0415

    from bandstand_web.pagecache.pages import AnonymousPage  # noqa: PLC0415
    from bandstand_web.pagecache.store import store  # noqa: PLC0415

    about = dict.fromkeys(("name", "slug", "host", "language", "time_zone"), "")
    organization: Any = SimpleNamespace(pk=number, schema_name=f"org_bench{number}", **about)
    page = AnonymousPage(organization, "en", PATH, "", "http")
    look = store.look(page)
    assert look is not None
    if look.page is not None and look.page.is_fresh:
        return True
    assert store.try_to_make(page)
    store.put(page, look, HttpResponse("a page"), ends_at=DAY * (1 + number / 1000) / 2)
    return False


def _under_load(hosts: list[str]) -> Iterator[dict[str, object]]:
    from django.conf import settings  # noqa: PLC0415

    from bandstand.database.content_version import WATCH, client  # noqa: PLC0415

    client().flushdb()
    client().set(WATCH, "bench", ex=DAY)
    with served("bandstand_web.settings", {"PAGE_CACHE_URL": settings.PAGE_CACHE_URL}) as port:
        for _time in range(2):  # the first visit of all to a portal writes its settings
            _visit(port, hosts)
        yield _size(len(hosts), ask(port, hosts[0], PATH)[1])
        many, one = Variant(port, hosts), Variant(port, hosts[:1])
        with _bare() as bare_port, changes(hosts):
            bare = Variant(bare_port, hosts[:1])
            for number in range(ROUNDS):
                for variant in (many, one, bare) if number % 2 else (bare, one, many):
                    variant.measure(SECONDS)
    yield {
        "what": f"{len(hosts):,} portals at random, each written once an hour: requests/s (peer: one portal)",
        "here": _median(many),
        "peer": _median(one),
        "ratio": f"{_ratio(many, one):.2f}",
        "goal": ">= 0.8",
    }
    yield {
        "what": f"{len(hosts):,} portals: a kept page, requests/s (peer: the same bytes by a thread and one MGET)",
        "here": _median(one),
        "peer": _median(bare),
        "ratio": f"{_ratio(bare, one):.2f}x the time",
        "goal": "<= 2x",
    }


@contextmanager
def _bare() -> Iterator[int]:
    """Run the least that can give out a page."""
    from django.conf import settings  # noqa: PLC0415

    from bandstand.database.content_version import client  # noqa: PLC0415

    page = next(client().scan_iter("*:page:*[0-9a-f]")).decode()
    given = {"PAGE_CACHE_URL": settings.PAGE_CACHE_URL, "BENCH_KEY": page}
    with served("bandstand_web.settings", given, "tests.bench.bare.asgi") as port:
        yield port


def _size(count: int, body: bytes) -> dict[str, object]:
    from bandstand.database.content_version import client  # noqa: PLC0415

    used = [client().memory_usage(key) or 0 for key in client().scan_iter("*:page:*")]
    return {
        "what": f"{count:,} portals: memory of a kept {PATH} (peer: its HTML)",
        "here": f"{statistics.fmean(used) / 1024:.1f} KiB",
        "peer": f"{len(body) / 1024:.1f} KiB",
        "ratio": f"{statistics.fmean(used) / len(body):.2f}",
    }


@contextmanager
def changes(hosts: list[str]) -> Iterator[None]:
    """Announce a change of a portal at random every so often that each has one an hour."""
    from bandstand.database.content_version import VersionChange  # noqa: PLC0415
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    schemas = list(Organization.objects.filter(slug__startswith="portal-").values_list("schema_name", flat=True))
    chance, over = random.Random(1), threading.Event()  # noqa: S311

    def change() -> None:
        while not over.wait(chance.expovariate(len(hosts) / HOUR)):
            announcement = VersionChange([chance.choice(schemas)])
            announcement.begin()
            announcement.end()

    thread = threading.Thread(target=change)
    thread.start()
    yield
    over.set()
    thread.join()
