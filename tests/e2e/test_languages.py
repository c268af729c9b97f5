"""An owner gives the portal a second language and writes in it, without scripts; visitors read it at its addresses."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Product, width_of
from tests.e2e.test_accessibility import FAULTS
from tests.e2e.test_themes import opened
from tests.e2e.test_typed_text import log_in
from tests.waiting import LONG

pytestmark = [pytest.mark.e2e, pytest.mark.long]

BAND, GERMAN = "Brother Thermostat", "Seit 1998 laut."
NARROW = 390


def test_a_second_language_is_set_written_and_read(product: Product, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(LONG * 1000)
    owner = context.new_page()
    log_in(owner, product, "/backstage/settings/")
    owner.get_by_role("group", name="Further languages").get_by_label("German").check()
    owner.get_by_role("button", name="Save settings").click()
    owner.get_by_label("Tagline (German)").fill("Vierzehn Bands, ein Brett.")
    owner.get_by_role("button", name="Save settings").click()
    owner.goto(product.url("/backstage/bands/", "demo"))
    owner.get_by_role("link", name=BAND, exact=True).first.click()
    owner.get_by_label("Biography (German)").fill(GERMAN)
    owner.get_by_role("button", name="Save band").last.click()
    expect(owner.get_by_text(BAND).first).to_be_visible()
    form = owner.url

    visitor = opened(browser, "light", NARROW)
    visitor.goto(product.url("/", "demo"))
    visitor.locator(".language-chooser").get_by_role("link", name="Deutsch").click()
    expect(visitor).to_have_url(product.url("/de/", "demo"))
    expect(visitor.get_by_text("Vierzehn Bands, ein Brett.")).to_be_visible()
    assert (visitor.evaluate(FAULTS), width_of(visitor)) == ([], NARROW)
    visitor.get_by_role("link", name=BAND).first.click()
    expect(visitor).to_have_url(product.url("/de/bands/brother-thermostat/", "demo"))
    expect(visitor.get_by_text(GERMAN)).to_be_visible()
    expect(visitor.get_by_role("heading", level=1).locator("bdi")).to_have_attribute("lang", "en")
    assert visitor.evaluate(FAULTS) == []
    visitor.locator(".language-chooser").get_by_role("link", name="English").click()
    expect(visitor).to_have_url(product.url("/bands/brother-thermostat/", "demo"))
    expect(visitor.get_by_text(GERMAN)).to_have_count(0)

    team = opened(browser, "dark", NARROW)
    team.context.add_cookies(context.cookies())  # type: ignore[arg-type] # as they are
    team.goto(form)
    expect(team.get_by_label("Biography (German)")).to_have_value(GERMAN)
    assert (team.evaluate(FAULTS), width_of(team)) == ([], NARROW)
