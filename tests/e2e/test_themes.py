"""In each theme each kind of page has no fault that axe-core finds, fits its screen, and loads what it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from bandstand.portals.designed_themes import THEMES
from tests.e2e.conftest import Product, width_of
from tests.e2e.test_accessibility import A_TOUR, FAULTS, NEEDLESS
from tests.waiting import LONG

pytestmark = [pytest.mark.e2e, pytest.mark.long]

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
LISTS = ("/", "/bands/", "/gigs/", "/gigs/?when=past", "/news/", "/tours/", "/polls/", "/subscribe/", "/about/")
OTHERS = ("/bands/search/?q=xqzw", "/accounts/login/", "/embed/gigs/")
ONE_OF_EACH = (
    ("/bands/", ".poster-name a"),
    ("/gigs/", ".gig-name a"),
    ("/gigs/", "a[href^='/gigs/month']"),
    ("/gigs/?when=past", ".gig-name a"),
    ("/news/", ".news-title a"),
    ("/tours/", ".tour-name a"),
    ("/polls/", "main li a"),
)
# Colours that are hard to keep readable, and everything that is chosen beside them.
CHOOSE = """
from django_tenants.utils import tenant_context
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
with tenant_context(Organization.objects.get(slug="demo")):
    settings = PortalSettings.objects.current()
    for name, value in {chosen!r}.items():
        setattr(settings, name, value)
    settings.save()
"""
SCREENS = {"light on a desk": ("light", 1440), "dark on a phone": ("dark", 390)}


def choose(product: Product, **chosen: str) -> None:
    assert product.manage("shell", "-c", CHOOSE.format(chosen=chosen)) == 0


def addresses(page: Page, product: Product) -> list[str]:
    """Return the paths of all lists, and of one page that each leads to."""
    found = [*LISTS, *OTHERS]
    for path, link in ONE_OF_EACH:
        page.goto(product.url(path, "demo"))
        found.append(str(page.locator(link).first.get_attribute("href")))
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_each_page_in_each_theme(product: Product, browser: Browser, theme: str) -> None:
    assert product.manage("shell", "-c", A_TOUR) == 0
    choose(product, theme=theme, accent="#f2c300", second_colour="#2b5fd9", header="", corners="", fonts="")
    found: dict[str, Any] = {}
    for name, (scheme, width) in SCREENS.items():
        page = opened(browser, scheme, width)  # type: ignore[arg-type]
        missing: list[str] = []
        page.on("response", lambda answer, missing=missing: answer.status >= 400 and missing.append(answer.url))
        for path in addresses(page, product):
            page.goto(product.url(path, "demo"))
            where = f"{name} {path}"
            found[where] = page.evaluate(FAULTS)
            if (wide := width_of(page)) > width:
                found[where].append(f"is {wide} pixels wide")
            if page.locator("html").get_attribute("data-look") != theme:
                found[where].append("isn't in the theme")
        found[f"{name} missing"] = missing
        page.context.close()

    assert len(found) == len(SCREENS) * (len(LISTS) + len(OTHERS) + len(ONE_OF_EACH) + 1)
    assert {where: faults for where, faults in found.items() if faults} == {}


@pytest.mark.parametrize("header", ["line", "centred", "banner"])
def test_each_header_on_a_phone(product: Product, browser: Browser, header: str) -> None:
    found = {}
    for theme in THEMES:
        choose(product, theme=theme, accent="#f2c300", second_colour="#2b5fd9", header=header, corners="round")
        page = opened(browser, "dark", 390)
        page.goto(product.url("/", "demo"))
        found[theme] = [*page.evaluate(FAULTS), *(["is too wide"] if width_of(page) > 390 else [])]
        page.context.close()

    assert {theme: faults for theme, faults in found.items() if faults} == {}


def opened(browser: Browser, scheme: Literal["light", "dark"], width: int) -> Page:
    context = browser.new_context(
        reduced_motion="reduce", color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(LONG * 1000)
    context.route(NEEDLESS, lambda route: route.abort())
    context.add_init_script(path=AXE)
    return context.new_page()
