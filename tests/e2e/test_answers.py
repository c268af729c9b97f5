"""A visitor writes to a band, the team answers in the backstage, and the answer's answer lands in the thread."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Product, Visitor, text_of, width_of
from tests.e2e.test_typed_text import fill_in_log_in

pytestmark = [pytest.mark.e2e, pytest.mark.long]

FAN, SUBJECT = "fan.of.tubas@example.org", "A wedding in the harbour"


def test_an_answers_answer_lands_in_the_thread(product: Product, visitor: Callable[..., Visitor]) -> None:
    fan, dora = visitor().page, visitor(viewport={"width": 390, "height": 844}).page
    fan.goto(product.url("/bands/", "demo"))
    fan.locator("main a[href^='/bands/']").first.click()
    form = fan.locator("#contact")
    form.get_by_label("Your email address").fill(FAN)
    form.get_by_label("Subject").fill(SUBJECT)
    form.get_by_label("Message").fill("Would you play for us?")
    fan.wait_for_timeout(2_100)  # whoever is quicker is taken for a program
    form.get_by_role("button", name="Send the message").click()
    expect(fan.get_by_text("Your message is on its way")).to_be_visible()

    dora.goto(product.url("/accounts/login/?next=/backstage/enquiries/", "demo"))
    fill_in_log_in(dora)
    dora.get_by_role("link", name=SUBJECT).click()
    dora.get_by_label("Your answer").fill("Gladly! Which day?")
    dora.get_by_role("button", name="Send answer").click()
    expect(dora.get_by_text(f"Your answer is on its way to {FAN}.")).to_be_visible()
    thread = dora.url

    mail = product.newest_mail_to(FAN, SUBJECT)
    assert "Gladly! Which day?" in text_of(mail)
    assert "> Would you play for us?" in text_of(mail)
    address = parseaddr(str(mail["reply-to"]))[1]
    assert address.startswith("answers+")
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Message-ID"] = FAN, address, "<reply@example.org>"
    reply["In-Reply-To"] = str(mail["message-id"])
    reply.set_content("On the 8th of May.\n\nOn Friday, they wrote:\n> Gladly! Which day?\n")
    assert product.manage("receive_mail", address, given=reply.as_bytes()) == 0
    assert product.manage("receive_mail", address.replace("+", "+x"), given=reply.as_bytes()) == 67

    dora.goto(thread)
    entries = dora.locator(".thread-entry")
    expect(entries).to_have_count(3)
    expect(entries.nth(1)).to_contain_text("sent")
    expect(entries.nth(2).locator("p", has_text="On the 8th of May.")).to_be_visible()
    expect(entries.nth(2).get_by_text("> Gladly!")).to_be_hidden()
    entries.nth(2).get_by_text("Quoted text").click()
    expect(entries.nth(2).get_by_text("> Gladly!")).to_be_visible()
    expect(dora.get_by_text(", new")).to_be_visible()
    assert width_of(dora) <= 390
