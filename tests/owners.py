"""How an owner comes into the backstage: from the portal to the platform, where the log-in is, and back."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.test import Client

from tests.conftest import PASSWORD, Portal

PLATFORM = "bandstand.localhost"


def local(url: str) -> str:
    """Return path and query of `url`."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def platform() -> Client:
    """Return a browser's other half: the one at the platform."""
    return Client(HTTP_HOST=PLATFORM)


def hand_over(  # noqa: PLR0917
    portal: Portal, at_portal: Client, at_platform: Client, email: str, password: str, onward: str = ""
) -> str:
    """Go round, logging in at the platform where it asks, and return where the portal or the platform leads at last."""
    begin = f"/accounts/hand-over/{'?' + urlencode({'next': onward}) if onward else ''}"
    there = at_platform.get(local(at_portal.get(begin).headers["Location"])).headers["Location"]
    if there.startswith("/accounts/login/"):
        asked = at_platform.get(there).context["redirect_field_value"]
        answer = at_platform.post("/accounts/login/", {"login": email, "password": password, "next": asked})
        if answer.status_code != 302:
            return str(answer.status_code)
        there = answer.headers["Location"]
        if there.startswith("/organizations/"):
            there = at_platform.get(there).headers["Location"]
    if urlsplit(there).netloc != f"{portal.host}:8000":
        return there
    answer = at_portal.get(local(there))
    return str(answer.headers.get("Location", answer.status_code))


def come_in(portal: Portal, email: str = "", password: str = PASSWORD, onward: str = "") -> Client:
    """Return the browser of an owner who came in."""
    browser = portal.client()
    led_to = hand_over(portal, browser, platform(), email or portal.owner_email, password, onward)
    assert led_to == (onward or "/backstage/"), led_to
    return browser
