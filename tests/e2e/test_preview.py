"""A draft is shown on a phone to somebody without an account, until its link is revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, width_of
from tests.e2e.test_typed_text import fill_in_log_in

pytestmark = [pytest.mark.e2e, pytest.mark.long]

NAME = "Die Dreizehnte Etage"


def status_of(page: Page, address: str) -> int:
    answer = page.goto(address)
    assert answer
    return answer.status


def test_a_draft_is_seen_by_its_link_until_it_is_revoked(product: Product, visitor: Callable[..., Visitor]) -> None:
    dora, guest = visitor().page, visitor(viewport={"width": 390, "height": 844}).page
    dora.goto(product.url("/accounts/login/?next=/backstage/bands/add/", "demo"))
    fill_in_log_in(dora)
    dora.locator("[name=name]").fill(NAME)
    dora.get_by_role("button", name="Save as draft").first.click()
    expect(dora.get_by_role("heading", name="Photos")).to_be_visible()
    dora.goto(product.url("/backstage/bands/?q=dreizehnte", "demo"))
    dora.get_by_role("link", name=f"Preview {NAME}").click()
    bar = dora.get_by_label("About this page")
    expect(bar).to_contain_text("Only your team sees this")
    page = dora.url
    bar.get_by_role("link", name="Edit").click()
    dora.locator("[name=town]").fill("Not saved yet")
    dora.get_by_role("button", name="Create preview link").click()
    link = dora.locator(".preview-address").get_attribute("href") or ""
    expect(dora.locator("[name=town]")).to_have_value("Not saved yet")

    guest.goto(link)
    expect(guest.get_by_role("heading", name=NAME, exact=True)).to_be_visible()
    expect(guest.get_by_text("Anyone with this link can see it until")).to_be_visible()
    expect(guest.get_by_role("button", name="Send the message")).to_be_disabled()
    assert width_of(guest) <= 390
    assert status_of(guest, page) == 404

    dora.get_by_role("button", name="Revoke link").click()
    expect(dora.get_by_text("The link has been revoked")).to_be_visible()
    assert status_of(guest, link) == 404

    dora.goto(page)
    bar.get_by_role("button", name="Publish").click()
    expect(dora.get_by_text("Visitors can see this page now.")).to_be_visible()
    guest.goto(page)
    expect(guest.get_by_role("heading", name=NAME, exact=True)).to_be_visible()
    expect(guest.locator(".team-bar")).to_have_count(0)
    assert re.search(r"/bands/[\w-]+/$", page)
