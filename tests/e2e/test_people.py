"""Somebody who is listed twice becomes one person and two again, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, width_of
from tests.e2e.test_typed_text import fill_in_log_in, save

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PEOPLE = "/backstage/people/"


def add(page: Page, product: Product, **values: str) -> None:
    page.goto(product.url(f"{PEOPLE}add/", "demo"))
    for name, text in values.items():
        page.locator(f"[name={name}]").fill(text)
    save(page)
    expect(page.get_by_text("has been saved")).to_be_visible()


def test_two_entries_of_one_person_are_merged_and_the_merge_is_undone(
    product: Product, visitor: Callable[..., Visitor]
) -> None:
    page = visitor(viewport={"width": 390, "height": 844}).page
    page.goto(product.url(f"/accounts/login/?next={PEOPLE}", "demo"))
    fill_in_log_in(page)
    add(page, product, name="Zora Quist", instrument_names="Tuba", phone="+49 1")
    add(page, product, name="zora quist", instrument_names="Horn", pronouns="they", phone="+49 2")

    page.goto(product.url(f"{PEOPLE}?show=namesakes&q=quist", "demo"))
    page.get_by_role("link", name="Zora Quist", exact=True).click()
    page.get_by_role("link", name="Compare: is it the same person?").click()
    page.get_by_role("link", name="Compare zora quist").click()
    expect(page.get_by_role("radio", name="Name: Zora Quist", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Phone: +49 2").check()
    assert width_of(page) <= 390
    page.get_by_role("button", name="Merge: this is one person").click()

    expect(page.get_by_role("status").filter(has_text="are one person now")).to_be_visible()
    expect(page.locator("[name=phone]")).to_have_value("+49 2")
    expect(page.locator("[name=pronouns]")).to_have_value("they")
    expect(page.locator("[name=instrument_names]")).to_have_value("Horn, Tuba")
    assert width_of(page) <= 390
    page.get_by_role("button", name="Undo", exact=True).first.click()

    expect(page.get_by_role("status").filter(has_text="are two people again")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("zora quist")
    expect(page.locator("[name=instrument_names]")).to_have_value("Horn")
    page.goto(product.url(f"{PEOPLE}?show=namesakes&q=quist", "demo"))
    expect(page.locator("tbody th a")).to_have_text(["Zora Quist", "zora quist"])
