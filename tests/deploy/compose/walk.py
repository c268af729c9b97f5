"""What a visitor does on the machine, in a real browser: signs up, adds a band with a picture, looks at it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.deploy.compose.machine import HOST, MEDIA_HOST, Machine
from tests.required_tools import require

PASSWORD = "seven-strings-and-a-drum"
BAND = "The Containers"
LONG = 120_000  # milliseconds


@contextmanager
def page_on(machine: Machine) -> Iterator[Page]:
    """Give a browser for which the machine is where its names lead."""
    names = f"MAP *.localhost 127.0.0.1:{machine.https}"
    options = ["--no-sandbox", "--disable-quic", "--disable-background-networking", f"--host-resolver-rules={names}"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=require("chromium"), args=options)
        page = chromium.new_context(ignore_https_errors=True).new_page()  # `Machine.get` checks the certificate
        page.set_default_timeout(LONG)
        expect.set_options(timeout=LONG)
        yield page
        chromium.close()


def sign_up(machine: Machine, page: Page, slug: str) -> None:
    """Open a portal, as far as its backstage."""
    page.goto(f"https://{HOST}/signup/")
    page.wait_for_load_state()
    page.get_by_label("Name", exact=False).first.fill(f"{slug.title()} Agency")
    address = page.locator("input[name=slug]")
    expect(address).not_to_have_value("")  # suggested by the name; earlier, what is typed would end up beside it
    address.fill(slug)
    page.locator("input[name=email]").fill(f"{slug}@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mailed(machine, f"{slug}@example.org"), re.MULTILINE)
    assert code
    page.locator("input[name=code]").fill(code[1])
    page.get_by_role("button", name="Open the portal").click()
    expect(page).to_have_url(f"https://{slug}.{HOST}/backstage/")


def mailed(machine: Machine, address: str) -> str:
    """Return the text of the newest mail to `address` in the trial's mailbox; waits until there is one."""
    deadline = time.monotonic() + LONG / 1000
    while time.monotonic() < deadline:
        for mail in asked(machine, "/api/v1/messages")["messages"]:
            if address in {person["Address"] for person in mail["To"]}:
                return str(asked(machine, f"/api/v1/message/{mail['ID']}")["Text"])
        time.sleep(0.5)
    raise AssertionError(f"no mail to {address}: {machine.compose('logs', '--tail=30', 'worker', 'dispatcher').text}")


def asked(machine: Machine, path: str) -> dict[str, Any]:
    """Return the mailbox's answer. Source: Mailpit, API v1."""
    connection = HTTPConnection("127.0.0.1", machine.mailbox, timeout=30)
    connection.request("GET", path)
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def publish_a_band(page: Page, picture: Path) -> None:
    """Add a band with a picture, which the worker prepares, and publish it."""
    Image.effect_noise((1200, 800), 60).convert("RGB").save(picture)
    page.get_by_role("link", name="Add your first band").click()
    page.get_by_label("Name", exact=True).first.fill(BAND)
    page.get_by_role("button", name="Save as draft").click()
    page.locator("input[type=file]").set_input_files(picture)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#uploads").get_by_text("1 of 1 uploaded.")).to_be_visible()
    page.get_by_role("link", name="Show the new pictures").click()
    expect(page.locator("#gallery img")).to_be_visible()
    page.get_by_role("link", name="Bands").first.click()
    page.get_by_role("button", name=f"Publish {BAND}").click()
    expect(page.get_by_text(f"{BAND} has been published.")).to_be_visible()


def sees_the_picture(page: Page, slug: str) -> bool:
    """Whether a visitor sees the band with its picture, which comes from the media host."""
    page.goto(f"https://{slug}.{HOST}/bands/the-containers/")
    image = page.locator("picture img").first
    expect(image).to_be_visible()
    address = str(image.evaluate("image => image.currentSrc"))
    assert address.startswith(f"https://{MEDIA_HOST}/"), address
    return bool(image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)"))
