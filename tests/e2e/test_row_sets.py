"""Rows of a form are added, moved and dragged in the page, and one save stores them all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor
from tests.e2e.test_typed_text import log_in, save

pytestmark = [pytest.mark.e2e, pytest.mark.long]

ADD = "/backstage/bands/add/"
MEMBERS = "[data-row-set=members]"


def fill_in(page: Page, *names: str) -> None:
    """Fill in a band and its members, with rows added as they are needed."""
    page.locator("[name=name]").fill("Rows and Rows")
    for number, name in enumerate(names):
        if number >= page.locator(f"{MEMBERS} > .row").count():
            page.locator("[name=more_rows][value=members]").click()
            expect(page.locator(f"[name=members-{number}-name]")).to_be_focused()
        page.locator(f"[name=members-{number}-name]").fill(name)


def names(page: Page) -> list[str]:
    found: list[str] = page.locator(f"{MEMBERS} [name$=-name]").evaluate_all("all => all.map(each => each.value)")
    return [name for name in found if name]


def test_five_members_are_added_moved_and_saved_at_once(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor(viewport={"width": 1280, "height": 3000}).page
    log_in(page, product, ADD)
    # Nobody is called anything like this: rows in which somebody is suggested grow while they are dragged.
    fill_in(page, "AqxAq", "BqxBq", "CqxCq", "DqxDq", "EqxEq")
    expect(page.locator("[name=members-0-position]")).to_be_hidden()

    page.get_by_role("group", name="Member 2").get_by_role("button", name="Move up").click()
    expect(page.locator("[data-moved]").first).to_have_text("Now in place 1 of 5.")
    assert names(page) == ["BqxBq", "AqxAq", "CqxCq", "DqxDq", "EqxEq"]
    moves = page.locator(".row-moves")
    held, over = moves.nth(4).bounding_box(), page.locator(f"{MEMBERS} > .row").first.bounding_box()
    assert held
    assert over
    page.mouse.move(held["x"] + 6, held["y"] + held["height"] / 2)
    page.mouse.down()
    page.mouse.move(held["x"] + 6, over["y"] + over["height"] - 20, steps=8)
    page.mouse.move(held["x"] + 6, over["y"] + 20, steps=4)
    page.mouse.up()
    assert names(page) == ["EqxEq", "BqxBq", "AqxAq", "CqxCq", "DqxDq"]
    save(page)

    page.get_by_role("link", name="Back to the band").click()
    expect(page.locator(f"{MEMBERS} > .row")).to_have_count(7)
    assert names(page) == ["EqxEq", "BqxBq", "AqxAq", "CqxCq", "DqxDq"]


def test_a_text_that_is_put_back_finds_its_rows(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    log_in(page, product, ADD)
    fill_in(page, "Anna", "Ben", "Cleo", "Dan")
    page.wait_for_function("() => Object.keys(sessionStorage).some(key => sessionStorage[key].includes('Dan'))")

    page.reload()
    page.get_by_role("button", name="Restore").click()

    assert names(page) == ["Anna", "Ben", "Cleo", "Dan"]


def test_enter_saves_and_adds_no_row(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor(java_script_enabled=False).page
    log_in(page, product, ADD)
    page.locator("[name=more_rows][value=members]").click()
    expect(page.locator("[name=members-6-name]")).to_be_visible()

    page.locator("[name=name]").fill("Without Scripts")
    page.locator("[name=name]").press("Enter")

    expect(page.get_by_text("Without Scripts has been saved as a draft.")).to_be_visible()
