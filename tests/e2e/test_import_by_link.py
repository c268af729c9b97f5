"""A team brings its bands from a spreadsheet on the web."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import FileServer, Product, Visitor, width_of

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def log_in(page: Page, product: Product) -> None:
    page.goto(product.url("/accounts/hand-over/?next=/backstage/imports/add/", "demo"))
    page.locator("input[name=login]").fill("demo@example.org")
    page.locator("input[name=password]").fill("demo-demo-demo")
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Import a spreadsheet", level=1)).to_be_visible()


def import_from(page: Page, product: Product, link: str) -> None:
    page.goto(product.url("/backstage/imports/add/", "demo"))
    page.get_by_label("Or a link to one").fill(link)
    page.get_by_role("button", name="Show what will happen").click()


def test_the_worker_fetches_what_the_link_leads_to_and_goes_nowhere_inside(
    product: Product, visitor: Callable[..., Visitor], file_server: FileServer
) -> None:
    page = visitor(viewport={"width": 390, "height": 844}).page
    log_in(page, product)

    import_from(page, product, f"{file_server.url}/bands.csv?key=between-us")
    expect(page.get_by_text("Nothing is imported yet.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("Done. Every row was imported.")).to_be_visible(timeout=30_000)
    page.goto(product.url("/backstage/bands/", "demo"))
    expect(page.get_by_text("Wattwurm").first).to_be_visible()

    import_from(page, product, "https://169.254.169.254/latest/meta-data/")
    expect(page.get_by_text("This address can't be reached from the internet.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Try the link again")).to_be_visible()

    import_from(page, product, "https://localhost/")
    expect(page.get_by_text("isn't a name on the internet").first).to_be_visible()
    assert width_of(page) <= 390
    assert file_server.server.requests[0].startswith("GET /bands.csv?key=between-us HTTP/1.1\r\n")
    assert len(file_server.server.requests) == 1
