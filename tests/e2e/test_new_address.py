"""A portal gets another address: old poster, calendar and a member's passkey find it, and no typed text is lost."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.conftest import CHROMIUM, Product, Visitor
from tests.e2e.test_journey import PASSWORD, invite, sign_up
from tests.required_tools import require

pytestmark = [pytest.mark.e2e, pytest.mark.long]

FORMER, PRESENT = "iras-tubas", "iras-brass"
HOST = f"{FORMER}.bandstand.localhost"


@contextmanager
def tls_in_front_of(product: Product) -> Iterator[int]:
    """Give the port of a proxy that speaks TLS for the former host: browsers ask it there which origins are related."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, context, product.port), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):  # the test closes the server
        while True:
            connection, _address = server.accept()
            threading.Thread(target=_relay, args=(connection, context, port), daemon=True).start()


def _relay(connection: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Pass one request on, and its answer back."""
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as outside:
        request = b""
        while b"\r\n\r\n" not in request and (part := outside.recv(65536)):
            request += part
        with socket.create_connection(("127.0.0.1", port)) as inside:
            once = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", request)
            inside.sendall(once.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            while part := inside.recv(65536):
                outside.sendall(part)


@pytest.fixture
def passkey_browser(product: Product, browser: Browser) -> Iterator[Browser]:
    """A Chromium that reaches the former host by TLS too."""
    with tls_in_front_of(product) as port:
        rules = f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{port}, MAP *.localhost 127.0.0.1"
        args = [*(each for each in CHROMIUM if "resolver" not in each), rules, "--ignore-certificate-errors"]
        started = browser.browser_type.launch(executable_path=require("chromium"), args=args)
        yield started
        started.close()


def with_passkeys(page: Page) -> Page:
    """Give the page's browser a device with a fingerprint reader."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


def join(page: Page, product: Product, email: str) -> None:
    link = re.search(r"https?://\S+/accounts/join/\S+", product.mail_to(email))
    assert link
    page.goto(link.group(0))
    page.locator("input[name=name]").fill("Uma")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join the team").click()
    expect(page).to_have_url(product.url("/backstage/", FORMER))


def add_passkey(page: Page, product: Product) -> None:
    page.goto(product.url("/accounts/second-factor/webauthn/add/", FORMER))
    if "/confirm/" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    page.locator("#mfa_webauthn_add").click()
    expect(page).to_have_url(re.compile("recovery-codes"))


def publish_gig(page: Page, product: Product) -> str:
    page.goto(product.url("/backstage/gigs/add/", FORMER))
    gig = {"title": "Tuba Night", "venue": "Hall", "town": "Ulm", "starts_at": "2031-05-17T20:30"}
    for name, text in gig.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("has been saved and published.")).to_be_visible()
    page.goto(product.url("/gigs/", FORMER))
    return str(page.get_by_role("link", name="Tuba Night").first.get_attribute("href"))


def uid_in_calendar(page: Page, url: str) -> str:
    """Follow a link to a gig's calendar file, and return what calendars know the gig by."""
    with page.expect_download() as download, suppress(Error):  # Playwright reports that no page came
        page.goto(url)
    found = re.search(r"UID:\S+", Path(download.value.path()).read_text())
    assert found
    return found.group()


def change_address(page: Page, product: Product) -> None:
    page.goto(product.url("/organizations/"))
    page.get_by_role("link", name="Rename, change the address").click()
    page.get_by_role("link", name="Change the address").click()
    expect(page.get_by_text("1 person on the team has a passkey")).to_be_visible()
    page.get_by_label("New address").fill(PRESENT)
    page.get_by_role("button", name="Change the address").click()
    if "/confirm/" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Your team logs in again there.")).to_be_visible()


def test_everything_that_names_the_former_address_finds_the_new_one(
    product: Product, visitor: Callable[..., Visitor], passkey_browser: Browser
) -> None:
    ira, fan = visitor().page, visitor().page
    sign_up(ira, product, "Ira's Tubas", FORMER, "ira@example.org")
    gig = publish_gig(ira, product)
    ira.goto(product.url("/backstage/team/", FORMER))
    invite(ira, "uma@example.org", "editor")
    uma = with_passkeys(passkey_browser.new_context().new_page())
    join(uma, product, "uma@example.org")
    add_passkey(uma, product)
    fan.goto(product.url(gig, FORMER))
    before = uid_in_calendar(fan, product.url(f"{gig.rstrip('/')}.ics", FORMER))
    uma.goto(product.url("/backstage/gigs/add/", FORMER))
    uma.locator("input[name=title]").fill("A long night with seven tubas")

    change_address(ira, product)

    # The old poster, and a calendar that follows.
    fan.goto(product.url(f"{gig}?from=poster", FORMER))
    expect(fan).to_have_url(product.url(f"{gig}?from=poster", PRESENT))
    expect(fan.get_by_role("heading", name="Tuba Night")).to_be_visible()
    assert uid_in_calendar(fan, product.url(f"{gig.rstrip('/')}.ics", FORMER)) == before

    # The form that Uma had open isn't stored, and what she typed is there to be copied.
    uma.get_by_role("button", name="Save as draft").click()
    expect(uma.get_by_role("heading", name="This portal has a new address")).to_be_visible()
    expect(uma.get_by_text("A long night with seven tubas")).to_be_visible()
    uma.get_by_role("link", name="Continue at the new address").click()

    # She logs in again, by the passkey that she made at the former address.
    expect(uma).to_have_url(re.compile(f"{PRESENT}.*/accounts/login/"))
    uma.locator("input[name=login]").fill("uma@example.org")
    uma.locator("input[name=password]").fill(PASSWORD)
    uma.locator("main").get_by_role("button", name="Log in", exact=True).click()
    uma.get_by_role("button", name=f"Use a security key or passkey of {HOST}").click()
    expect(uma).to_have_url(product.url("/backstage/gigs/add/", PRESENT))
