"""What people type isn't lost, sent twice or mistyped unseen: in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.long]

EMAIL, PASSWORD = "demo@example.org", "demo-demo-demo"
ADD = "/backstage/polls/add/"
QUESTION = "Which band shall open the evening?"


def log_in(page: Page, product: Product, path: str) -> None:
    page.goto(product.url(f"/accounts/login/?next={path}", "demo"))
    fill_in_log_in(page)


def fill_in_log_in(page: Page) -> None:
    """The demo portal's owner logs in at the platform, which leads back."""
    page.locator("input[name=login]").fill(EMAIL)
    page.get_by_role("button", name="Log in as an owner").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()


def ask(page: Page, question: str) -> None:
    """Fill in a new poll."""
    page.locator("[name=text]").fill(question)
    page.locator("[name=published_at]").fill("2026-01-02T20:00")
    page.locator("input[name=choices-0-text]").fill("The Tubas")
    page.locator("input[name=choices-1-text]").fill("The Trombones")


def end_log_in(page: Page) -> None:
    page.context.clear_cookies(name=re.compile("sessionid"))


def kept(page: Page) -> list[str]:
    """Return the keys of what waits in the browser."""
    page.wait_for_load_state()  # the script runs after the page's text is there
    names: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return [name for name in names if name.startswith("kept-text")]


def save(page: Page) -> None:
    page.locator(".form-actions button[type=submit]").first.click()


def test_a_text_waits_while_the_log_in_has_ended(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    log_in(page, product, ADD)
    ask(page, QUESTION)
    end_log_in(page)
    save(page)
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert QUESTION in page.evaluate("JSON.stringify(sessionStorage)")

    fill_in_log_in(page)

    expect(page.locator("[name=text]")).to_have_value("")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=text]")).to_have_value(QUESTION)
    expect(page.locator("input[name=choices-1-text]")).to_have_value("The Trombones")
    save(page)
    expect(page.get_by_text("The poll has been saved.")).to_be_visible()
    assert kept(page) == []
    page.goto(product.url(ADD, "demo"))
    expect(page.locator(".kept-text")).to_have_count(0)


def test_a_text_is_offered_after_a_lost_connection_and_on_the_way_back(
    product: Product, visitor: Callable[..., Visitor]
) -> None:
    guest = visitor()
    page = guest.page
    log_in(page, product, ADD)
    ask(page, "Offline?")
    page.route("**/polls/add/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    save(page)
    page.wait_for_url("chrome-error://**")
    page.unroute("**/polls/add/")
    page.goto(product.url(ADD, "demo"))
    expect(page.locator(".kept-text")).to_contain_text("wasn't saved")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".kept-text")).to_have_count(0)

    ask(page, "On the way back?")
    page.goto(product.url("/backstage/", "demo"))
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=text]")).to_have_value("On the way back?")

    page.goto(product.url("/accounts/logout/", "demo"))
    page.locator("main").get_by_role("button", name="Log out").click()
    page.wait_for_url(product.url("/", "demo"))
    assert kept(page) == []
    guest.complaints[:] = [text for text in guest.complaints if "ERR_FAILED" not in text]


def test_a_text_of_one_person_is_offered_to_no_other(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    log_in(page, product, ADD)
    ask(page, "Between us?")
    wait_for(lambda: "".join(kept(page)) or None, "a text that is kept")
    page.evaluate(
        """() => {
            const key = Object.keys(sessionStorage).find((each) => each.startsWith("kept-text"));
            const kept = JSON.parse(sessionStorage[key]);
            sessionStorage.clear();
            sessionStorage["kept-text:4711:/backstage/polls/add/"] = JSON.stringify({...kept, visitor: "4711"});
        }"""
    )

    page.reload()

    expect(page.locator("[name=text]")).to_have_value("")
    expect(page.locator(".kept-text")).to_have_count(0)


def test_leaving_with_something_unsaved_asks_first(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    log_in(page, product, ADD)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.locator("[name=text]").press_sequentially("Unsaved?")
    page.goto(product.url("/backstage/", "demo"))
    page.goto(product.url(ADD, "demo"))
    page.goto(product.url("/backstage/", "demo"))

    assert asked == ["beforeunload"]


def test_a_double_click_makes_one_and_the_button_says_that_it_works(
    product: Product, visitor: Callable[..., Visitor]
) -> None:
    page = visitor().page
    log_in(page, product, ADD)
    ask(page, "Only once?")
    page.evaluate(
        "document.querySelector('form.form').addEventListener('submit', () => setTimeout(() =>"
        " window.name = document.querySelector('.form-actions button').getAttribute('aria-busy'), 0))"
    )

    page.locator(".form-actions button[type=submit]").first.dblclick()

    expect(page.get_by_text("The poll has been saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Only once?", exact=True)).to_have_count(1)
    assert page.evaluate("window.name") == "true"


def test_a_password_is_shown_and_hidden_again(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    page.goto(product.url("/signup/"))
    password = page.locator("input[name=password]")
    password.fill("between us")

    page.get_by_role("button", name="Show password").press("Enter")
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")


def test_a_refused_form_leads_to_its_fields(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    page.goto(product.url("/signup/"))
    page.locator("input[name=name]").fill("Dora")
    page.get_by_role("button", name="Send me a code").click()

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a", has_text="email").click()
    expect(page.locator("input[name=email]")).to_be_focused()


def test_the_contact_form_is_kept_until_it_is_sent(product: Product, visitor: Callable[..., Visitor]) -> None:
    page = visitor().page
    page.goto(product.url("/bands/", "demo"))
    page.locator(".poster a").first.click()
    page.locator("[name=subject]").fill("A wedding in May")
    page.locator("[name=message]").fill("Would you play for us?")
    page.get_by_role("button", name="Send the message").click()
    expect(page.locator("#contact .error-summary")).to_be_focused()
    page.locator("[name=sender_email]").fill("bob@example.org")
    page.wait_for_timeout(2000)  # the form takes nothing that came too fast for a person
    page.get_by_role("button", name="Send the message").click()

    expect(page.get_by_text("Your message is on its way")).to_be_visible()
    assert kept(page) == []
