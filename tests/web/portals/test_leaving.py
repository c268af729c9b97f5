"""Where a copy and the deletion are found from the backstage, and by whom."""

from __future__ import annotations

from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts import roles
from tests.conftest import Portal


def test_owners_are_led_to_the_platform(alice_portal: Portal) -> None:
    page = alice_portal.client_of(roles.OWNER).get("/backstage/settings/")

    for step in ("export", "delete"):
        assertContains(page, f"/organizations/{alice_portal.organization.slug}/{step}/")


def test_managers_read_whom_to_ask(alice_portal: Portal, charlie_portal: Portal) -> None:
    page = alice_portal.client_of(roles.MANAGER).get("/backstage/settings/")

    assertContains(page, "Only owners can download a copy")
    assertContains(page, "<bdi>Alice</bdi>")
    assertNotContains(page, "<bdi>Charlie</bdi>")
    assertNotContains(page, "/delete/")
