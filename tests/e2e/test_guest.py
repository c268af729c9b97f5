"""A school gives a teacher one band: on a phone, the teacher sees and changes that band alone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from http import HTTPStatus

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, width_of
from tests.e2e.test_preview import status_of
from tests.e2e.test_typed_text import PASSWORD as OWNERS_PASSWORD
from tests.e2e.test_typed_text import fill_in_log_in, save

pytestmark = [pytest.mark.e2e, pytest.mark.long]

TEACHER, PASSWORD = "teacher@example.org", "four-valves-and-a-mute"
OWN, FELLOW, OTHER = "Kapelle Kaputt", "Mötörsäge", "Polar Disco Bureau"  # the fellow plays at one of its gigs
OF_OTHERS = (OTHER, "Low Tide Orchestra", "Lost permit", "Length of the set", "Kvaløy", "Opening of the Polar Night")
LISTS = ("", "bands/?q=disco", "gigs/", "gigs/?q=polar", "enquiries/", "people/?q=kvaloy", "notices/", "trash/")
NARROW = 390


def invite(page: Page, product: Product) -> str:
    """Give the teacher the band, and return the link in the mail."""
    page.goto(product.url("/accounts/login/?next=/backstage/team/", "demo"))
    fill_in_log_in(page)
    page.locator("input[name=email]").fill(TEACHER)
    page.locator("form[action$='/invite/'] select[name=role]").select_option("guest")
    page.get_by_role("checkbox", name=OWN).check()
    page.locator("[name=band_role]").select_option("leader")
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_role("link", name="Continue").click()  # the platform asks for the password, and leads back
    page.get_by_label("Password").fill(OWNERS_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(TEACHER, exact=True).first).to_be_visible()
    link = re.search(r"https?://\S+/accounts/join/\S+", product.mail_to(TEACHER))
    assert link
    return link[0]


def exported(page: Page) -> str:
    """Tick all rows of the list, export them, and return what the file says."""
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Export").click()
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_download() as download:
        page.get_by_role("button", name="Continue").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()), read_only=True)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def test_a_teacher_sees_and_changes_the_one_band(product: Product, visitor: Callable[..., Visitor]) -> None:
    link = invite(visitor().page, product)
    tina = visitor(viewport={"width": NARROW, "height": 844}).page
    tina.goto(link)
    tina.locator("input[name=name]").fill("Tina")
    tina.locator("input[name=password]").fill(PASSWORD)
    tina.get_by_role("button", name="Join the team").click()
    expect(tina).to_have_url(product.url("/backstage/", "demo"))

    # What is listed, searched for and offered is of her band; the administration and the team are closed.
    tab = tina.context.new_page()
    for path in LISTS:
        answer = tab.goto(product.url(f"/backstage/{path}", "demo"), wait_until="commit")
        assert answer
        assert answer.status == HTTPStatus.OK, path
        assert [word for word in OF_OTHERS if word in answer.text()] == [], path
    for path in ("/admin/", "/backstage/team/", "/backstage/imports/add/"):
        assert status_of(tab, product.url(path, "demo")) == HTTPStatus.FORBIDDEN, path
    tina.goto(product.url("/backstage/gigs/add/", "demo"))
    assert tina.get_by_label("Place 1").locator("option").all_inner_texts()[1:] == [OWN]

    # Her export has her band and no other.
    tina.goto(product.url("/backstage/bands/", "demo"))
    expect(tina.locator("tbody tr")).to_have_count(1)
    assert width_of(tina) <= NARROW
    words = exported(tina)
    assert OWN in words
    assert [word for word in OF_OTHERS if word in words] == []

    # She changes it, and says when it goes on stage where another band plays too.
    tina.goto(product.url("/backstage/bands/", "demo"))
    tina.get_by_role("link", name=OWN, exact=True).click()
    tina.locator("[name=town]").fill("Bergisch Gladbach")
    assert width_of(tina) <= NARROW
    save(tina)
    expect(tina.get_by_text(f"{OWN} has been saved")).to_be_visible()
    tina.goto(product.url("/backstage/gigs/", "demo"))
    tina.get_by_role("link", name="Set times A Night of Two Halves").click()
    expect(tina.get_by_label(FELLOW)).to_have_count(0)
    tina.get_by_label(OWN).fill("21:15")
    tina.get_by_role("button", name="Save").click()
    expect(tina.get_by_text("The set times have been saved.")).to_be_visible()
    fan = visitor().page
    fan.goto(product.url("/bands/kapelle-kaputt/", "demo"))
    expect(fan.get_by_text("Bergisch Gladbach").first).to_be_visible()
    fan.goto(product.url("/gigs/night-of-two-halves/", "demo"))
    expect(fan.get_by_text("9:15 pm")).to_be_visible()
