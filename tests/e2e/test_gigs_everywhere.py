"""A date is entered once and right everywhere: a hall changes its name, a gig is moved, a calendar is brought in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import icalendar
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, wait_for, width_of
from tests.e2e.test_typed_text import log_in

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PHONE = {"width": 390, "height": 844}
NIGHTS = ("01.11.2031", "08.11.2031", "15.11.2031")


class Phone:
    """A calendar on a phone that subscribed: it keeps events by UID, and takes over what has a higher SEQUENCE."""

    def __init__(self, product: Product) -> None:
        # Not by the browser, which would bring its cookies along.
        self._request = Request(f"http://127.0.0.1:{product.port}/gigs.ics", headers={"Host": _host(product)})
        self.events: dict[str, Any] = {}

    def refresh(self) -> dict[str, Any]:
        """Ask again and return the events by UID."""
        with urlopen(self._request) as answer:  # noqa: S310 # of the product itself
            calendar = icalendar.Calendar.from_ical(answer.read())
        for event in calendar.walk("VEVENT"):
            known = self.events.get(str(event["UID"]))
            if known is None or event["SEQUENCE"] >= known["SEQUENCE"]:
                self.events[str(event["UID"])] = event
        return self.events

    def at(self, place: str) -> list[Any]:
        """Return the events at a place, the first first."""
        found = [event for event in self.refresh().values() if place in str(event.get("LOCATION", ""))]
        return sorted(found, key=lambda event: event["DTSTART"].dt)


def _host(product: Product) -> str:
    return urlsplit(product.url("/", "demo")).netloc


@pytest.fixture
def page(product: Product, visitor: Callable[..., Visitor]) -> Page:
    """The owner's phone, logged in at the list of gigs."""
    page = visitor(viewport=PHONE).page
    log_in(page, product, "/backstage/gigs/")
    return page


def add_nights(page: Page, product: Product, venue: str) -> None:
    page.goto(product.url("/backstage/gigs/several/", "demo"))
    page.locator("[name=line_up]").first.select_option(index=1)
    page.locator("[name=start]").fill("20:00")
    page.locator("[name=text]").fill("\n".join(f"{night}\t\t{venue}\tUlm" for night in NIGHTS))
    page.get_by_role("button", name="Show the table").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish 3 gigs").click()
    expect(page.locator(".messages")).to_contain_text("3 gigs have been published.")


def test_a_hall_changes_its_name_once(product: Product, page: Page) -> None:
    phone = Phone(product)
    add_nights(page, product, "Alte Mälzerei")
    assert len(phone.at("Alte Mälzerei")) == len(NIGHTS)

    page.goto(product.url("/backstage/venues/?q=Mälzerei", "demo"))
    page.locator("main").get_by_role("link", name="Alte Mälzerei").click()
    page.locator("[name=name]").fill("Neue Mälzerei")
    page.get_by_role("button", name="Save venue").click()
    expect(page.locator(".messages")).to_contain_text("Neue Mälzerei")

    wait_for(lambda: len(phone.at("Neue Mälzerei")) == len(NIGHTS), "the new name in calendars")
    assert phone.at("Alte Mälzerei") == []
    page.goto(product.url("/gigs/", "demo"))
    expect(page.locator(".gig-row", has_text="Neue Mälzerei")).to_have_count(len(NIGHTS))
    expect(page.locator(".gig-row", has_text="Alte Mälzerei")).to_have_count(0)


def test_a_gig_is_moved_and_a_phone_shows_it_moved(product: Product, page: Page) -> None:
    phone = Phone(product)
    add_nights(page, product, "Posthof")
    before = phone.at("Posthof")[0]

    page.goto(str(before["URL"]))
    page.get_by_role("link", name="Edit").first.click()
    start = page.locator("[name=starts_at]")
    later = datetime.fromisoformat(start.input_value()) + timedelta(days=2)
    start.fill(later.isoformat(timespec="minutes"))
    page.get_by_role("button", name="Save gig").click()
    expect(page.locator(".messages")).to_contain_text("saved")

    def moved() -> Any:
        event = phone.refresh()[str(before["UID"])]
        return event if event["SEQUENCE"] > before["SEQUENCE"] else None

    assert wait_for(moved, "the moved event")["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=2)
    assert len(phone.at("Posthof")) == len(NIGHTS), "one event each"


def _calendar(**events: str) -> dict[str, Any]:
    """Return a file, as browsers upload it, of events by title with their start."""
    lines = [
        f"BEGIN:VEVENT\r\nUID:{title}\r\nDTSTART:{start}\r\nSUMMARY:{title}\r\nLOCATION:Blue Note\\, Ulm\r\nEND:VEVENT"
        for title, start in events.items()
    ]
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Our dates", *lines, "END:VCALENDAR", ""])
    return {"name": "dates.ics", "mimeType": "text/calendar", "buffer": text.encode()}


def test_a_calendar_is_brought_in_by_what_differs(product: Product, page: Page) -> None:
    next_year = datetime.now().astimezone().year + 1
    first, second = f"{next_year}0508T180000Z", f"{next_year}0509T180000Z"
    page.goto(product.url("/backstage/calendars/add/", "demo"))
    page.locator("[name=file]").set_input_files(_calendar(Wanted=first, Unwanted=second))  # type: ignore[arg-type]
    page.locator("[name=band]").select_option(index=1)
    page.get_by_role("button", name="Show what is in it").click()
    new = page.locator(".calendar-events li")
    expect(new).to_have_count(2)
    assert width_of(page) <= PHONE["width"]
    new.filter(has_text="Unwanted").get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Bring in what is ticked").click()
    expect(page.locator(".at-a-glance")).to_contain_text("1 added")

    page.locator("[name=file]").set_input_files(_calendar(Wanted=second))  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what is new in it").click()
    changed = page.locator(".calendar-events li").filter(has_text="Wanted").first
    expect(changed.locator("del")).to_contain_text(f"8 May {next_year}")
    expect(changed.locator("ins")).to_contain_text(f"9 May {next_year}")
    page.get_by_role("button", name="Bring in what is ticked").click()
    expect(page.locator(".at-a-glance")).to_contain_text("1 changed")

    page.goto(product.url("/backstage/gigs/?show=drafts", "demo"))
    expect(page.locator("main")).to_contain_text("Wanted")
    expect(page.locator("main")).not_to_contain_text("Unwanted")
