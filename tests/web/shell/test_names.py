"""Names and other texts of people, on every page: each in its own direction, and none cut off or too wide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from http import HTTPStatus

import pytest
from django_tenants.utils import tenant_context
from playwright.sync_api import sync_playwright

from bandstand.bands.models import Band, Member
from bandstand.gigs.models import Gig
from bandstand.polls.models import Question
from tests.attacks.test_xss import Shown, shelf, shown
from tests.conftest import Portal
from tests.isolation.twins import Twin, fill
from tests.isolation.visiting import PLATFORM, PORTAL, addresses, path_to, platform_visitors, portal_visitors
from tests.required_tools import require

pytestmark = pytest.mark.filterwarnings("ignore")

# One word that is written from right to left, and one that is longer than a phone's line, in every text there is.
RTL = "قمرالليل"
LONG = "donaudampfschifffahrten"
LONGEST = "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunte"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What isn't shown as text, or is a file's or address's name with a direction of its own.
UNSHOWN = {"title", "script", "style", "template"}
SIZES = [(320, 1), (390, 1), (768, 1), (1440, 1), (320, 2), (1440, 2)]  # width, and how many times as large as usual


class Directions(HTMLParser):
    """Finds texts with a word from right to left that stand in nothing that keeps its direction to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.loose: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        keeps = tag == "bdi" or values.get("dir") == "auto"
        typed = tag == "input" and values.get("type", "text") in {"text", "search"}
        if typed and not keeps:
            self.loose.append(f"<input name={values.get('name')}>")
        if tag == "textarea" and not keeps:
            self.loose.append(f"<textarea name={values.get('name')}>")
        if tag not in VOID:
            self.open.append((tag, keeps))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if RTL in data and not any(keeps or tag in UNSHOWN for tag, keeps in self.open):
            self.loose.append(re.sub(r"\s+", " ", data).strip()[:80])


@pytest.fixture
def pages(alice_portal: Portal, charlie_portal: Portal, request: pytest.FixtureRequest) -> list[Shown]:
    """Every page that a visitor, an owner and the platform's newcomers see, but for Django's own admin."""
    canary: str = request.param
    alice, charlie = fill(alice_portal, canary), fill(charlie_portal, "charlie")
    with tenant_context(alice_portal.organization):
        Band.objects.update(country="DE", formed=1999)
        if canary == LONG:
            Band.objects.update(name=LONGEST, town=LONGEST)
            Gig.objects.update(title=LONGEST, venue=LONGEST, town=LONGEST)
            Member.objects.update(name=LONGEST, role=LONGEST)
            Question.objects.update(text=LONGEST)
    organization = alice_portal.organization
    organization.name = canary
    organization.save()
    return [*_pages(alice, charlie, PORTAL), *_pages(alice, charlie, PLATFORM)]


def _pages(alice: Twin, charlie: Twin, urlconf: str) -> Iterator[Shown]:
    everybody = (portal_visitors if urlconf == PORTAL else platform_visitors)(alice.portal, charlie.portal)
    for visitor in ("anonymous", "owner"):
        for name, address in addresses(urlconf).items():
            path = path_to(address, alice)
            if (
                name.startswith("admin") or name == "account_reset_password_from_key"
            ):  # whose link is one that has ended
                continue
            answer = everybody[visitor].get(path)
            if answer.status_code == HTTPStatus.OK and answer.headers["Content-Type"].startswith("text/html"):
                yield shown(everybody[visitor], path, answer)


@pytest.mark.parametrize("pages", [RTL], indirect=True)
@pytest.mark.long
def test_each_name_keeps_its_direction_to_itself(pages: list[Shown]) -> None:
    loose = []
    for page in pages:
        parser = Directions()
        parser.feed(page.body.decode())
        loose += [f"{page.url}: {text}" for text in parser.loose]

    assert not loose, "\n".join(loose)
    assert len(pages) > 50
    assert sum(RTL in page.body.decode() for page in pages) > 30


# Texts that stand outside of the page or of what shows a part of it, and boxes that are wider than the page. What is
# for screen readers alone is one pixel large; a table scrolls in its own box.
CUT_OFF = """([width, times]) => {
    const UNSEEN = "script, template, option, [aria-hidden=true], .visually-hidden, .skip-link";
    const found = [];
    const root = document.documentElement;
    root.style.fontSize = `${times * 100}%`;
    if (root.scrollWidth > width) found.push(`the page is ${root.scrollWidth} wide`);
    const known = new Map();  // whether texts below stand out of a box, are cut by it, or can be scrolled to
    const does = (box) => {
        if (!known.has(box)) {
            const style = getComputedStyle(box);
            const scrolls = style.clipPath !== "none" || (box !== root && /auto|scroll/.test(style.overflowX));
            const shows = box !== root && style.overflowX === "visible" && style.overflowY === "visible";
            known.set(box, scrolls ? "scroll" : shows ? "show" : "cut");
        }
        return known.get(box);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
        const text = walker.currentNode;
        if (!text.data.trim() || text.parentElement.closest(UNSEEN)) continue;
        range.selectNodeContents(text);
        const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
        for (let box = text.parentElement; box && boxes.length; box = box.parentElement) {
            if (does(box) === "scroll") break;
            if (does(box) === "show") continue;
            const bounds = box === root ? {left: 0, right: width} : box.getBoundingClientRect();
            const out = boxes.find((each) => each.left < bounds.left - 1 || each.right > bounds.right + 1);
            if (out) {
                const where = text.parentElement;
                found.push(`“${text.data.trim().slice(0, 40)}” of ${where.tagName}.${where.className}`
                    + ` leaves ${box.tagName}.${box.className}: ${Math.round(out.left)} to ${Math.round(out.right)}`);
                break;
            }
        }
    }
    return found;
}"""


@pytest.mark.long
@pytest.mark.parametrize("pages", [LONG], indirect=True)
def test_no_text_is_cut_off_or_too_wide(pages: list[Shown]) -> None:
    wrong = looked_at([page for page in pages if b"<!doctype html>" in page.body])  # parts of pages aren't shown alone

    assert not wrong, "\n".join(wrong)


def looked_at(pages: list[Shown]) -> list[str]:
    """Return what Chromium shows wrongly of each page."""
    wrong: list[str] = []
    with shelf() as serving, sync_playwright() as playwright:
        rules = f"--host-resolver-rules=MAP * 127.0.0.1:{serving.server_port}"
        chromium = playwright.chromium.launch(executable_path=require("chromium"), args=["--no-sandbox", rules])
        view = chromium.new_page()
        for page in pages:
            serving.page = page
            view.goto(page.url, wait_until="load")
            for width, times in SIZES:
                view.set_viewport_size({"width": width, "height": 900})
                wrong += [f"{page.url} at {width} x {times}: {text}" for text in view.evaluate(CUT_OFF, [width, times])]
        chromium.close()
    return wrong
