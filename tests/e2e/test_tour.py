"""A tour of twelve dates, from a spreadsheet to visitors, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, width_of
from tests.e2e.test_typed_text import log_in

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PHONE = {"width": 390, "height": 844}
TOWNS = ("Hof", "Ulm", "Köln", "Jena", "Bonn", "Trier", "Kiel", "Gera", "Mainz", "Halle", "Fürth", "Passau")
SHEET = "\n".join(
    f"{day}.10.2031\t{'20:30' if day % 2 else ''}\tClub {town}\t{town}" for day, town in enumerate(TOWNS, 1)
)


def test_twelve_dates_are_pasted_corrected_and_published(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor(viewport=PHONE).page
    log_in(page, product, "/backstage/gigs/")
    clicks = 0

    def click(text: str) -> None:
        nonlocal clicks
        clicks += 1
        page.locator("main").get_by_role("button", name=text).or_(
            page.locator("main").get_by_role("link", name=text)
        ).first.click()

    click("Add several dates")
    page.locator("[name=line_up]").first.select_option(index=1)
    page.locator("[name=new_tour]").fill("Autumn tour")
    page.locator("[name=start]").fill("20:00")
    page.locator("[name=text]").fill(SHEET.replace("12.10.2031", "12.13.2031"))
    click("Show the table")

    expect(page.locator(".date-row")).to_have_count(12)
    expect(page.locator("#id_dates-11-date")).to_have_attribute("aria-invalid", "true")
    assert width_of(page) <= PHONE["width"]
    page.locator("#id_dates-11-date").fill("12.10.2031")
    click("Publish")
    click("Publish 12 gigs")

    expect(page.locator(".messages")).to_contain_text("12 gigs have been published.")
    assert clicks == 4
    _visitors_see_it(page, product)


def _visitors_see_it(page: Page, product: Product) -> None:
    page.goto(product.url("/gigs/", "demo"))
    page.get_by_role("link", name="Autumn tour").click()
    expect(page.locator("h1")).to_have_text("Autumn tour")
    expect(page.locator(".gig-row")).to_have_count(12)
    assert width_of(page) <= PHONE["width"]
    assert page.locator(".gig-row", has_text="Club Hof").get_by_text("8:30 pm").count() == 1
    assert page.locator(".gig-row", has_text="Club Ulm").get_by_text("8:00 pm").count() == 1
