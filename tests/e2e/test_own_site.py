"""An association that can't program makes a site of its own from an empty portal, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import feedparser
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bench._serving import ask
from tests.e2e.conftest import Product, Visitor
from tests.e2e.test_journey import sign_up

pytestmark = [pytest.mark.e2e, pytest.mark.long]

MOST_CLICKS = 60


@dataclass
class Hands:
    """Somebody at a page, whose clicks are counted; a field that is filled in was clicked before."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        """Click a link, a button or a box."""
        self.clicks += 1
        what.click()
        self.page.wait_for_load_state()

    def fill(self, label: str, text: str) -> None:
        """Click into a field and type."""
        self.clicks += 1
        self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).fill(text)

    def choose(self, label: str, name: str) -> None:
        """Open a list and choose from it."""
        self.clicks += 2
        self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$")).select_option(label=name)

    def go(self, name: str) -> None:
        """Go to a part of the backstage, on a phone by its menu."""
        folded = self.page.locator(".backstage-menu > summary")
        if folded.is_visible():
            self.click(folded)
        self.click(self.page.get_by_role("link", name=name, exact=True).locator("visible=true").first)

    def link(self, name: str) -> None:
        self.click(self.page.locator("main").get_by_role("link", name=name, exact=True).first)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True).first)

    def goes(self, text: str) -> None:
        """Fail unless the page says it."""
        expect(self.page.get_by_text(text).first).to_be_visible()


def build_home(hands: Hands) -> None:
    """A page that visitors see first."""
    hands.go("Pages")
    hands.link("Add a page")
    hands.fill("Title", "Music in the valley since 1874")
    hands.click(hands.page.get_by_label("Home page", exact=True))
    hands.button("Save as draft")
    add_block(hands, "Text", "Forty people, six trumpets and a drum: we play where the **valley** has a feast.")
    add_block(hands, "News")
    add_block(hands, "Gigs")
    hands.button("Publish")
    hands.goes("Music in the valley since 1874 has been published.")


def add_block(hands: Hands, kind: str, text: str = "") -> None:
    """Add a block to the page whose content is shown."""
    hands.click(hands.page.locator("#add").get_by_role("link", name=kind, exact=True))
    if text:
        hands.fill("Text", text)
    hands.button("Save block")


def start_page(hands: Hands, kind: str, text: str) -> None:
    """Begin with a draft, write its text and publish it."""
    hands.go("Pages")
    hands.button(kind)
    hands.goes("is a draft. Fill in what stands in square brackets")
    hands.fill("Text", text)
    hands.button("Save block")
    hands.button("Publish")
    hands.goes(f"{kind} has been published.")


def schedule_post(hands: Hands) -> None:
    """Write news that appear tomorrow."""
    hands.go("News")
    hands.link("Write a post")
    hands.fill("Title", "Spring concert in the town hall")
    hands.fill("Text", "With **two** new marches, and cake in the interval.")
    hands.fill("Appears on", (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    hands.button("Schedule")
    hands.goes("Spring concert in the town hall has been saved. It appears on")


def build_menu(hands: Hands) -> None:
    """Move the page that was added to the beginning."""
    hands.go("Menu and footer")
    for _place in range(5):
        hands.click(hands.page.get_by_role("group", name=": About us").get_by_role("button", name="Move up"))
    hands.button("Save menu")
    hands.goes("The menu has been saved.")


def choose_theme(hands: Hands) -> None:
    hands.go("Design")
    hands.click(hands.page.get_by_label("Brass"))
    hands.button("Save design")
    hands.goes("The design has been saved.")


def add_language(hands: Hands) -> None:
    """Tell the association's line, and the news, in German too."""
    hands.go("Settings")
    hands.click(hands.page.get_by_role("group", name="Further languages").get_by_label("German"))
    hands.button("Save settings")
    hands.goes("The settings have been saved.")
    hands.go("News")
    hands.link("Spring concert in the town hall")
    hands.fill("Title (German)", "Frühjahrskonzert im Rathaus")
    hands.fill("Text (German)", "Mit **zwei** neuen Märschen.")
    hands.button("Save post")
    hands.goes("has been saved. It appears on")


def build(hands: Hands) -> None:
    """All of it, from the empty backstage."""
    build_home(hands)
    start_page(hands, "About us", "We are a brass band of forty people.\n\n# Since 1874\n\nWe began in a barn.")
    hands.button("Add to menu")
    start_page(hands, "Legal notice", "Talmusik Unterwössen\nDorfstraße 1\n83246 Unterwössen")
    schedule_post(hands)
    build_menu(hands)
    choose_theme(hands)
    add_language(hands)
    assert hands.clicks <= MOST_CLICKS


def is_as_built(page: Page, product: Product, slug: str) -> None:
    """Look at it as anybody does."""
    page.goto(product.url("/", slug))
    expect(page.get_by_role("heading", name="Music in the valley since 1874", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-look", "brass")
    assert page.locator("header nav.site-nav a").first.inner_text() == "About us"
    page.locator("header nav.site-nav").get_by_role("link", name="About us").click()
    expect(page.get_by_role("heading", name="Since 1874")).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("link", name="Legal notice").click()
    expect(page.get_by_text("83246 Unterwössen")).to_be_visible()
    page.goto(product.url("/news/", slug))
    assert page.get_by_text("Spring concert").count() == 0, "it appears tomorrow"


def publish_now(hands: Hands, title: str) -> None:
    """Don't wait for tomorrow."""
    hands.go("News")
    hands.click(hands.page.get_by_role("link", name=title, exact=True))
    hands.button("Publish now")
    hands.goes(f"{title} has been saved and published.")


def subscribed(page: Page, product: Product, slug: str) -> list[str]:
    """Return the titles that a feed reader shows which was given the news page's address."""
    page.goto(product.url("/news/", slug))
    address = page.locator("link[rel=alternate][type='application/atom+xml']").first.get_attribute("href")
    feed_at = urlsplit(urljoin(page.url, str(address)))
    _status, body, _headers = ask(product.port, feed_at.netloc, feed_at.path)
    feed = feedparser.parse(body)
    assert not feed.bozo, feed.bozo_exception
    return [entry.title for entry in feed.entries]


def rename(hands: Hands, product: Product, slug: str) -> None:
    """Give the page about the association another address."""
    hands.page.goto(product.url("/backstage/pages/", slug))
    hands.click(hands.page.get_by_role("link", name="Settings About us"))
    hands.fill("Address", "our-band")
    hands.button("Save page")
    hands.goes("About us has been saved.")


@pytest.mark.parametrize(
    ("javascript", "width"), [(True, 1280), (False, 390)], ids=["on a desk", "on a phone without JavaScript"]
)
def test_it_builds_a_site_in_few_clicks(
    product: Product, visitor: Callable[..., Visitor], *, javascript: bool, width: int
) -> None:
    slug, screen = f"talmusik-{width}", {"width": width, "height": 800}
    founder = visitor().page
    sign_up(founder, product, "Talmusik Unterwössen", slug, f"{slug}@example.org")
    logged_in = founder.context.storage_state()
    hands = Hands(visitor(java_script_enabled=javascript, storage_state=logged_in, viewport=screen).page)
    hands.page.goto(product.url("/backstage/", slug))

    build(hands)

    reader = visitor(java_script_enabled=javascript).page
    is_as_built(reader, product, slug)
    publish_now(hands, "Spring concert in the town hall")
    reader.goto(product.url("/de/news/", slug))
    expect(reader.get_by_role("link", name="Frühjahrskonzert im Rathaus")).to_be_visible()
    assert subscribed(reader, product, slug) == ["Spring concert in the town hall"]
    rename(hands, product, slug)
    reader.goto(product.url("/about-us/", slug))
    expect(reader).to_have_url(product.url("/our-band/", slug))
    expect(reader.get_by_role("heading", name="About us", level=1)).to_be_visible()
