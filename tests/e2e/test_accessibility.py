"""No page for visitors, of the backstage or of an administration has a fault that axe-core finds; forms included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import axe_playwright_python
import pytest
from django.urls import NoReverseMatch, Resolver404, URLPattern, get_resolver, resolve, reverse
from playwright.sync_api import Browser, Error, Page

from tests.e2e.conftest import Product
from tests.e2e.test_typed_text import log_in
from tests.waiting import LONG

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PLATFORM, PORTAL = "bandstand_web.urls.platform", "bandstand_web.urls.portal"
STAFF, PASSWORD = "root@example.org", "a-password-of-staff"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# All rules; without fetching style sheets once more, which none of them needs here.
FAULTS = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"], preload: false, iframes: false });
    return found.violations.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.html.slice(0, 160)}`));
}"""
# Which addresses give pages, not files, fragments or refusals.
PAGES = """async (addresses) => {
    const isPage = async (address) => {
        const answer = await fetch(address).catch(() => null);
        return answer?.ok && /^\\s*<!doctype html/i.test(await answer.text());
    };
    const are = await Promise.all(addresses.map(isPage));
    return addresses.filter((_address, number) => are[number]);
}"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map((each) => each.href)"
NEEDLESS = re.compile(r"\.(webp|jpeg|png|woff2)$")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(LONG * 1000)
    context.route(NEEDLESS, lambda route: route.abort())
    yield context.new_page()
    context.close()


def faults(page: Page, product: Product, below: str, *, portal: str = "") -> dict[str, list[str]]:
    """Return what axe finds, by page: all addresses without parameters, and of each other one that a link leads to."""
    page.context.add_init_script(path=AXE)
    urlconf = PORTAL if portal else PLATFORM
    waiting = [product.url(path, portal) for path in without_parameters(urlconf) if path.startswith(below)]
    waiting = page.evaluate(PAGES, waiting)
    known: set[str] = set()
    found = {}
    while waiting:
        url = waiting.pop(0)
        name = name_of(url, urlconf)
        if name is None or name in known:
            continue
        known.add(name)
        if not is_file(page, url):
            found[f"{name} {urlsplit(url).path}"] = page.evaluate(FAULTS)
            links = (urlsplit(link)._replace(query="", fragment="") for link in page.evaluate(LINKS))
            waiting += [link.geturl() for link in links if link.path.startswith(below) and link.netloc in url]
    assert len(found) > 30
    return {where: faults for where, faults in found.items() if faults}


def is_file(page: Page, url: str) -> bool:
    """Go there. Whether it is a file to download instead of a page."""
    try:
        page.goto(url)
    except Error as problem:
        if "Download is starting" not in str(problem):
            raise
        return True
    return False


def name_of(url: str, urlconf: str) -> str | None:
    try:
        return resolve(urlsplit(url).path, urlconf).view_name
    except Resolver404:
        return None


def without_parameters(urlconf: str) -> Iterator[str]:
    """Yield the paths of all addresses that need none."""

    def names(resolver: object, space: str) -> Iterator[str]:
        for each in resolver.url_patterns:  # type: ignore[attr-defined]
            if isinstance(each, URLPattern):
                yield f"{space}{each.name}"
            else:
                yield from names(each, f"{space}{each.namespace}:" if each.namespace else space)

    for name in names(get_resolver(urlconf), ""):
        try:
            yield reverse(name, urlconf)
        except NoReverseMatch:
            continue


EMBED = re.compile(r"https?://[^\s\"&?]+/embed/[^\s\"&?]+")
TEAMS = ("/backstage/", "/admin/", "/accounts/", "/language/")
A_TOUR = """
from django_tenants.utils import tenant_context
from bandstand.gigs.models import Gig
from bandstand.organizations.models import Organization
from bandstand.tours.models import Tour
with tenant_context(Organization.objects.get(slug="demo")):
    tour, _made = Tour.objects.get_or_create(name="Canal tour", defaults={"is_published": True, "text": "By *boat*."})
    Gig.objects.filter(pk__in=Gig.objects.published().upcoming()[:3].values("pk")).update(tour=tour)
"""


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1440), ("dark", 390)], ids=["light on a desk", "dark on a phone"]
)
def test_visitors_pages(product: Product, browser: Browser, scheme: Literal["light", "dark"], width: int) -> None:
    """Each page that links lead to once, but gigs in all of their states, and what other websites show."""
    assert product.manage("shell", "-c", A_TOUR) == 0
    context = browser.new_context(
        reduced_motion="reduce", color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(LONG * 1000)
    context.route(NEEDLESS, lambda route: route.abort())
    context.add_init_script(path=AXE)
    page = context.new_page()
    starts = (
        "/",
        "/gigs/",
        "/gigs/?when=past",
        "/tours/",
        "/subscribe/",
        "/embed/gigs/",
        f"/embed/gigs/?theme={scheme}",
    )
    waiting = [product.url(path, "demo") for path in starts]
    known: set[object] = set()
    found = {}
    while waiting:
        url = waiting.pop(0)
        parts, name = urlsplit(url), name_of(url, PORTAL)
        kind = (name, parts.path if name == "gig" else "", frozenset(parse_qs(parts.query)))
        if name is None or kind in known or is_file(page, url):
            continue
        known.add(kind)
        if page.evaluate("document.contentType") != "text/html":
            continue
        found[f"{name} {parts.path}?{parts.query}"] = page.evaluate(FAULTS)
        links = [urlsplit(link)._replace(fragment="") for link in page.evaluate(LINKS)]
        here = [link.geturl() for link in links if link[:2] == parts[:2] and not link.path.startswith(TEAMS)]
        waiting += [*here, *EMBED.findall(page.locator("body").inner_text())]
    context.close()

    names = {name for name, _path, _query in known}  # type: ignore[misc]
    wanted = {"home", "bands", "band", "gigs", "gig", "gigs_month", "tours", "tour", "subscribe"}
    assert names >= wanted | {"gigs_embed", "band_gigs_embed", "tour_gigs_embed"}
    assert sum(where.startswith("gig ") for where in found) >= 10
    assert {where: faults for where, faults in found.items() if faults} == {}


def test_backstage(product: Product, page: Page) -> None:
    log_in(page, product, "/backstage/")

    assert faults(page, product, "/backstage/", portal="demo") == {}


def test_administration_of_a_portal(product: Product, page: Page) -> None:
    log_in(page, product, "/admin/")

    assert faults(page, product, "/admin/", portal="demo") == {}


def test_administration_of_the_platform(product: Product, page: Page) -> None:
    made = product.manage("createsuperuser", "--no-input", f"--email={STAFF}", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    assert made == 0
    page.goto(product.url("/admin/"))
    page.locator("input[name=login]").fill(STAFF)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    code = re.search(r"^\s*(\w{4}-\w{4})\s*$", product.mail_to(STAFF), re.MULTILINE)
    assert code
    page.locator("input[name=code]").fill(code[1])
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(product.url("/admin/"))

    assert faults(page, product, "/admin/") == {}
