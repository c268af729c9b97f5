"""Pages stand in a language that is written from right to left, on a phone: mirrored English, by a setting."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from bandstand.content.languages import MIRRORED
from tests.e2e.conftest import Product, width_of
from tests.e2e.test_accessibility import (
    LINKS,
    NEEDLESS,
    PAGES,
    PLATFORM,
    PORTAL,
    is_file,
    name_of,
    without_parameters,
)
from tests.e2e.test_typed_text import log_in
from tests.waiting import LONG

pytestmark = [pytest.mark.e2e, pytest.mark.long]

WIDTH = 390
EMBED = f"/embed/gigs/?language={MIRRORED}"  # a frame has the language that its address says
LEADS_AWAY = ("/accounts/logout", "/admin/")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": WIDTH, "height": 844})
    context.set_default_timeout(LONG * 1000)
    context.route(NEEDLESS, lambda route: route.abort())
    yield context.new_page()
    context.close()


def speak_mirrored(page: Page, product: Product) -> None:
    """Choose the language, as the form at the foot of each page would."""
    for portal in ("", "demo"):
        page.context.add_cookies([{"name": "django_language", "value": MIRRORED, "url": product.url("/", portal)}])


def look_around(page: Page, product: Product, below: str, *, portal: str = "") -> tuple[set[str], list[str]]:
    """Return the names of the pages that links lead to, each once, and what is wrong with them."""
    urlconf = PORTAL if portal else PLATFORM
    paths = [path for path in without_parameters(urlconf) if path.startswith(below) and not path.startswith(LEADS_AWAY)]
    page.goto(product.url("/", portal))
    waiting = [product.url(EMBED, portal)] if portal else []
    waiting += page.evaluate(PAGES, [product.url(path, portal) for path in paths])
    known: set[str] = set()
    wrong = []
    while waiting:
        url = waiting.pop(0)
        path, name = urlsplit(url).path, name_of(url, urlconf)
        if name is None or name in known or path.startswith(LEADS_AWAY) or is_file(page, url):
            continue
        known.add(name)
        if page.evaluate("document.contentType") != "text/html":
            continue
        width, direction = width_of(page), page.evaluate("getComputedStyle(document.body).direction")
        if (width, direction) != (WIDTH, "rtl"):
            wrong.append(f"{path}: {width} pixels, {direction}")
        links = (urlsplit(link)._replace(query="", fragment="") for link in page.evaluate(LINKS))
        here = (link for link in links if link.scheme == "http" and link.netloc in url)
        waiting += [link.geturl() for link in here if link.path.startswith(below)]
    return known, wrong


def test_no_page_for_visitors_scrolls_sideways(product: Product, page: Page) -> None:
    speak_mirrored(page, product)

    names, wrong = look_around(page, product, "/", portal="demo")

    assert names >= {"home", "bands", "band", "gigs", "gig", "gigs_embed"}
    assert wrong == []


def test_no_page_of_the_backstage_scrolls_sideways(product: Product, page: Page) -> None:
    log_in(page, product, "/backstage/")
    speak_mirrored(page, product)

    names, wrong = look_around(page, product, "/backstage/", portal="demo")

    assert len(names) > 30
    assert wrong == []


def test_no_page_of_the_platform_scrolls_sideways(product: Product, page: Page) -> None:
    log_in(page, product, "/backstage/")
    speak_mirrored(page, product)

    names, wrong = look_around(page, product, "/", portal="")

    assert len(names) > 10
    assert wrong == []
