"""Two independent scanners against the running product: at portal, backstage, platform and both admins.

They run for a good half hour, with `make security`. The product is production's, on loopback, with TLS; limits on
guessing are off there, because they would answer a scanner with 429 (tests/attacks/scanning/settings.py).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.tools import ToolMissingError
from tests.attacks.scanning import scanners
from tests.attacks.scanning.product import BASE, PORTAL, Scanned, scanned_product
from tests.attacks.scanning.requests import MACHINERY, Found, Request, explore, fetch
from tests.attacks.scanning.scanners import FalseFinding, Finding
from tests.attacks.scanning.vulnerable import vulnerable_server
from tests.isolation.visiting import PLATFORM as PLATFORM_URLS
from tests.isolation.visiting import PORTAL as PORTAL_URLS
from tests.required_tools import MISSING

# Seconds that each may take at most for one place; on an idle machine sqlmap is through with all fields long before.
WAPITI_SECONDS, SQLMAP_SECONDS = 80, 1500


@dataclass(frozen=True)
class Place:
    """Where a scan begins, as whom, which paths belong to it, and how many pages and forms there are at least."""

    host: str
    urlconf: str
    visitor: str
    start: tuple[str, ...]
    within: str
    pages: int
    forms: int


# One product, whose findings are summed up in the end: all in one process, beside which the other one is free.
pytestmark = pytest.mark.xdist_group("scanners")

PLACES = {
    "portal": Place(PORTAL, PORTAL_URLS, "nobody", ("",), "/", 8, 6),
    "platform": Place(BASE, PLATFORM_URLS, "nobody", ("",), "/", 3, 3),
    "backstage": Place(PORTAL, PORTAL_URLS, "owner", ("backstage/",), "/(backstage|accounts)/", 20, 15),
    "portal's admin": Place(PORTAL, PORTAL_URLS, "owner", ("admin/",), "/admin/", 20, 15),
    "organizations": Place(
        BASE, PLATFORM_URLS, "platform", ("organizations/", "accounts/profile/"), "/(organizations|accounts)/", 4, 3
    ),
    "platform's admin": Place(BASE, PLATFORM_URLS, "staff", ("admin/",), "/admin/", 8, 5),
}
found_by_all: list[Finding] = []


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    """The product, once for all scans."""
    with scanned_product(tmp_path_factory.mktemp("scanned")) as running:
        yield running


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("security"):
        try:
            scanners.tools.scanners()
        except ToolMissingError as problem:
            pytest.skip(f"{MISSING}{problem}")


@pytest.mark.security
def test_both_find_the_holes_of_a_server_that_has_some(tmp_path: Path) -> None:
    with vulnerable_server(os.environ["DATABASE_URL"]) as url:
        requests = [
            Request("GET", f"{url}greeting", (("name", "Ada"),)),
            Request("POST", f"{url}bands", (("genre", "ska"),)),
        ]
        injected, tried = scanners.sqlmap(requests, {}, tmp_path, seconds=60)
        found, _facts = scanners.wapiti([url], {}, tmp_path, seconds=60)

    assert [(each.path, each.parameter) for each in injected] == [("/bands", "genre")]
    assert tried.fields == ["name", "genre"]
    holes = {(each.kind, each.path, each.parameter) for each in found}
    assert ("Reflected Cross Site Scripting", "/greeting", "name") in holes
    assert ("SQL Injection", "/bands", "genre") in holes
    assert ("Clickjacking Protection", "/", "") in holes


@pytest.mark.security
@pytest.mark.parametrize("scanner", ["wapiti", "sqlmap"])
@pytest.mark.parametrize("place", PLACES)  # in their order: what owners' scans change, visitors no longer see
def test_a_scanner_finds_nothing(scanner: str, place: str, product: Scanned, tmp_path: Path) -> None:
    scanned = PLACES[place]
    first = [product.url(scanned.host) + path for path in scanned.start]
    there = explore(first, scanned.urlconf, product.cookies[scanned.visitor], scanned.within)
    assert there.failures == []
    assert len(there.pages) >= scanned.pages, there.pages
    assert len(there.requests) >= scanned.forms, there.requests

    if scanner == "wapiti":
        found, facts = scanners.wapiti(there.pages, there.cookies, tmp_path, seconds=WAPITI_SECONDS)
        assert int(str(facts["crawled_pages_nbr"])) >= scanned.pages
    else:
        requests = list(there.requests.values())
        found, tried = scanners.sqlmap(requests, there.cookies, tmp_path, seconds=SQLMAP_SECONDS)
        assert Counter(tried.fields) >= Counter(fields_of(there)), "it didn't come to each field"
        assert tried.attacks > 10 * len(tried.fields)

    assert fetch(first[0], there.cookies).status == HTTPStatus.OK, "the session ended while it was scanned"
    found_by_all.extend(found)
    unknown, _gone = scanners.judge(found, scanners.false_findings())
    assert [str(each) for each in unknown] == []


def fields_of(there: Found) -> list[str]:
    """Return the names of all fields that a database may get to see.

    To sqlmap the field of one name that two forms send to one address is one, and so it is here.
    """
    sent = {
        (request.method, urlsplit(request.url).path, name)
        for request in there.requests.values()
        for name, _value in request.fields
    }
    return [name for _method, _path, name in sent if not MACHINERY.search(name)]


@pytest.mark.security
def test_the_scans_met_no_limit_and_broke_nothing(product: Scanned) -> None:
    lines = [json.loads(line) for line in product.log.read_text().splitlines() if line.startswith("{")]
    broken = [line for line in lines if line.get("level") in {"error", "critical"}]
    answers = Counter(line["code"] for line in lines if "code" in line)

    assert [str(line)[:2000] for line in broken] == []
    assert answers[HTTPStatus.TOO_MANY_REQUESTS] == 0
    assert answers[HTTPStatus.OK] > 1000, answers


@pytest.mark.security
def test_what_is_listed_as_false_is_still_found() -> None:
    if not found_by_all:
        pytest.skip("no scan ran in this process")
    _unknown, gone = scanners.judge(found_by_all, scanners.false_findings())

    assert gone == [], "take these off tests/attacks/scanning/false_findings.toml"


CASES = [
    ("Clickjacking Protection", "/", "X-Frame-Options is not set", True),
    ("Clickjacking Protection", "/", "another word", False),
    ("SQL Injection", "/", "X-Frame-Options is not set", False),
    ("Clickjacking Protection", "/other/", "X-Frame-Options is not set", False),
]


@pytest.mark.parametrize(("kind", "path", "info", "is_covered"), CASES)
def test_an_entry_covers_what_it_says_and_no_more(kind: str, path: str, info: str, is_covered: bool) -> None:
    entry = FalseFinding("wapiti", "Clickjacking Protection", "/", "X-Frame-Options", "for this test")
    finding = Finding("wapiti", kind, "GET", path, "", info)

    unknown, gone = scanners.judge([finding], [entry])

    assert unknown == ([] if is_covered else [finding])
    assert gone == ([] if is_covered else [entry])


def test_each_false_finding_has_its_reason() -> None:
    assert all(len(entry.reason) > len("because it is false") for entry in scanners.false_findings())
