"""Two people edit one band at once, each in a browser: neither text is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, width_of
from tests.e2e.test_typed_text import fill_in_log_in, save

pytestmark = [pytest.mark.e2e, pytest.mark.long]

BANDS = "/backstage/bands/"
EDITOR = "editor@example.org"


def open_first_band(page: Page) -> str:
    page.locator(".table tbody th a").first.click()
    expect(page.locator("[name=biography]")).to_be_visible()
    return page.url


def test_both_texts_stand_side_by_side_and_the_other_one_comes_back(
    product: Product, visitor: Callable[..., Visitor]
) -> None:
    dora, eddie = visitor().page, visitor(viewport={"width": 390, "height": 844}).page
    dora.goto(product.url(f"/accounts/login/?next={BANDS}", "demo"))
    fill_in_log_in(dora)
    place = open_first_band(dora)
    eddie.goto(product.url(f"/accounts/login/?next={BANDS}", "demo"))
    eddie.locator("input[name=login]").fill(EDITOR)
    eddie.locator("input[name=password]").fill("demo-demo-demo")
    eddie.locator("main").get_by_role("button", name="Log in", exact=True).click()
    eddie.goto(place)

    eddie.locator("[name=biography]").fill("What Eddie wrote.")
    eddie.locator("[name=town]").fill("Eddietown")
    save(eddie)
    expect(eddie.get_by_text("has been saved")).to_be_visible()
    dora.locator("[name=biography]").fill("What Dora wrote.")
    save(dora)

    asks = dora.get_by_role("alert").filter(has_text="Changed by")
    expect(asks).to_contain_text("Eddie Editor")
    expect(asks.locator("td")).to_have_text(["What Eddie wrote.", "What Dora wrote."])
    expect(dora.locator("[name=biography]")).to_have_value("What Dora wrote.")
    expect(dora.locator("[name=town]")).to_have_value("Eddietown")
    dora.get_by_label("Save my version anyway").check()
    save(dora)
    expect(dora.get_by_text("has been saved")).to_be_visible()
    expect(dora.locator("[name=biography]")).to_have_value("What Dora wrote.")

    eddie.goto(re.sub(r"/$", "/history/", place))
    expect(eddie.locator(".history-act").first).to_contain_text("What Eddie wrote.")
    eddie.get_by_role("button", name="Put back").first.click()
    expect(eddie.get_by_text("It is as it was before this change.")).to_be_visible()
    assert width_of(eddie) <= 390
    eddie.goto(place)
    expect(eddie.locator("[name=biography]")).to_have_value("What Eddie wrote.")
