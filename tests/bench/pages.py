"""Pages beside one portal and beside thousands: ours, plain Django, django-tenants as it comes; from the cache and not.

Every server is one process with two threads. Load comes from wrk (Debian's package) where that is installed, else from
a small client in Python, which takes more of the machine; the first row says which. What is compared is measured within
one round, in another order each time.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django_tenants.utils import tenant_context

from tests.bench import _load, portals
from tests.bench._serving import ask, served

SIZES = (1, 5000)
STARTS, ROUNDS = 3, 3
VISITED = 2000  # portals, where there are more: each process visits all of them before it is measured
SECONDS = 2.0
CLIENTS = 4
PATH = "/bands/"
BACKSTAGE = "/backstage/bands/"
COLD_HOSTS = 200
TINY = {"STARTS": 1, "ROUNDS": 2, "SECONDS": 0.2, "COLD_HOSTS": 1}
UNCACHED = {"BANDSTAND_PAGE_CACHE_SECONDS": "0"}
PLAIN, DEFAULT = "tests.bench.plain.settings", "tests.bench.django_tenants_default.settings"


@dataclass(frozen=True)
class Variant:
    """A way to ask one server, and what was measured of it in each round."""

    port: int
    hosts: Sequence[str]
    path: str = PATH
    headers: dict[str, str] = field(default_factory=dict)
    expected: str = "All Bands"
    status: int = http.HTTPStatus.OK
    measured: list[_load.Load] = field(default_factory=list)

    def check(self) -> None:
        """Ask once; the answer has to be the page."""
        status, body, _headers = ask(self.port, self.hosts[0], self.path, self.headers)
        if status != self.status or (status == http.HTTPStatus.OK and self.expected.encode() not in body):
            raise SystemExit(f"{self.path} at {self.hosts[0]} answered {status}")

    def measure(self, seconds: float = SECONDS) -> None:
        """Put load on it for some seconds."""
        load = _load.put(self.port, self.hosts, self.path, self.headers, clients=CLIENTS, seconds=seconds)
        if load.failed:
            raise SystemExit(f"{load.failed} requests for {self.path} failed")
        self.measured.append(load)


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Measure beside so many portals, of which some are visited, at random."""
    if tenants == min(SIZES):
        yield {"what": "what puts the load on pages", "here": _load.tool()}
    hosts = [portals.host(number) for number in range(0, tenants, -(-tenants // VISITED))]
    # How fast a process runs depends some per cent on its start, so there are several of each; where they have to
    # visit thousands of portals first, one.
    starts, rounds = (STARTS, ROUNDS) if tenants == 1 else (1, STARTS * ROUNDS)
    (variants, cold), *more = [_measured(hosts, rounds, tenants) for _start in range(starts)]
    for others, _cold_rows in more:
        for name, variant in others.items():
            variants[name].measured.extend(variant.measured)
    yield from _rows(variants, f"{tenants:,} portal{'s' if tenants > 1 else ''}")
    yield from cold


def _measured(hosts: Sequence[str], rounds: int, tenants: int) -> tuple[dict[str, Variant], list[dict[str, object]]]:
    """Start one process of each kind and measure; return what was measured, and rows about hosts' first visits."""
    schema, session = _first_portal()
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(served("bandstand_web.settings", UNCACHED))
        keeping = stack.enter_context(served("bandstand_web.settings", {}))
        plain = stack.enter_context(served(PLAIN, {"BENCH_SCHEMA": schema, **UNCACHED}))
        default = stack.enter_context(served(DEFAULT, UNCACHED, "tests.bench.django_tenants_default.asgi"))
        cold = list(_cold(ours, hosts, tenants)) if len(hosts) > COLD_HOSTS else []
        for port in (ours, default):
            _visit(port, hosts)
        known = {"If-None-Match": ask(keeping, hosts[0], PATH)[2]["ETag"]}
        logged_in = {"Cookie": f"sessionid={session}"}
        variants = {
            "plain": Variant(plain, hosts[:1]),
            "page": Variant(ours, hosts),
            "default": Variant(default, hosts),
            "kept": Variant(keeping, hosts),
            "unchanged": Variant(keeping, hosts[:1], headers=known, status=http.HTTPStatus.NOT_MODIFIED),
            "list": Variant(ours, hosts[:1], BACKSTAGE, logged_in, expected=BACKSTAGE),
            "plain list": Variant(plain, hosts[:1], BACKSTAGE, logged_in, expected=BACKSTAGE),
        }
        if len(hosts) > 1:
            for name in ("unchanged", "list", "plain list"):
                del variants[name]
            _visit(keeping, hosts)
        for variant in variants.values():
            variant.check()
            variant.measure(1.0)
            variant.measured.clear()
        order = random.Random(1)  # noqa: S311
        for _round in range(rounds):
            # What comes right after a busy server is measured slower, so nobody always comes after the same one.
            for variant in order.sample(list(variants.values()), len(variants)):
                variant.measure()
    return variants, cold


def _rows(variants: dict[str, Variant], beside: str) -> Iterator[dict[str, object]]:
    def row(what: str, here: str, peer: str, goal: str = "", note: str = "plain Django") -> dict[str, object]:
        return {
            "what": f"{beside}: {what}, requests/s (peer: {note})",
            "here": _median(variants[here]),
            "peer": _median(variants[peer]),
            "ratio": f"{_ratio(variants[here], variants[peer]):.2f}",
            "goal": goal,
        }

    many = len(variants["page"].hosts) > 1
    yield row(f"{PATH} not cached", "page", "plain", ">= 0.85" if many else ">= 0.95")
    yield row(f"{PATH} not cached", "page", "default", note="django-tenants as it comes")
    yield row(f"{PATH} from the cache", "kept", "plain", "" if many else ">= 8", "plain Django, not cached")
    if not many:
        yield row(f"{PATH} unchanged, 304", "unchanged", "plain", ">= 10", "plain Django, not cached")
        yield row(f"{BACKSTAGE} logged in", "list", "plain list")


def _median(variant: Variant) -> str:
    rate, half, most = (
        statistics.median(getattr(load, name) for load in variant.measured) for name in ("rate", "p50", "p99")
    )
    return f"{rate:.0f} (p50 {half:.1f}, p99 {most:.1f} ms)"


def _ratio(here: Variant, peer: Variant) -> float:
    return statistics.median(a.rate / b.rate for a, b in zip(here.measured, peer.measured, strict=True))


def _cold(port: int, hosts: Sequence[str], tenants: int) -> Iterator[dict[str, object]]:
    """Compare the first and the second visit of hosts that a process hasn't seen, one after the other."""
    some = random.Random(1).sample(hosts, COLD_HOSTS)  # noqa: S311
    first, second = ([_milliseconds(port, host) for host in some] for _visit_number in range(2))
    yield {
        "what": f"{tenants:,} portals: a host's first visit in a process (peer: its second), p50 of {COLD_HOSTS}",
        "here": f"{statistics.median(first):.1f} ms",
        "peer": f"{statistics.median(second):.1f} ms",
        "ratio": f"{statistics.median(first) / statistics.median(second):.2f}",
    }


def _milliseconds(port: int, host: str) -> float:
    began = time.perf_counter()
    status, _body, _headers = ask(port, host, PATH)
    if status != http.HTTPStatus.OK:
        raise SystemExit(f"{PATH} at {host} answered {status}")
    return (time.perf_counter() - began) * 1000


def _visit(port: int, hosts: Sequence[str]) -> None:
    """Visit every host once, as a process that has run for a while has."""
    with ThreadPoolExecutor(2) as visitors:
        list(visitors.map(lambda host: _milliseconds(port, host), hosts))


def _first_portal() -> tuple[str, str]:
    """Return the schema of the first portal, and the key of a session in which its owner is logged in."""
    from django.test import Client  # noqa: PLC0415

    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    organization = Organization.objects.get(slug=portals.slug(0))
    client = Client(HTTP_HOST=portals.host(0))
    with tenant_context(organization):
        client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return organization.schema_name, client.cookies["sessionid"].value
