"""Notes of the platform's staff: written on an organization's page, read by staff alone, and never changed."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.organizations.models import Organization
from bandstand.organizations.notes import Note
from tests.conftest import Portal
from tests.web.shell.test_platform_site import LIST, staff_client

ADD = "/admin/organizations/note/add/"
NOTES = "/admin/organizations/note/"


@pytest.fixture
def staff(db: None, platform_client: Client) -> Client:
    return staff_client(platform_client, superuser=True)


def page(client: Client, portal: Portal):  # type: ignore[no-untyped-def]
    return client.get(f"{LIST}{portal.organization.pk}/change/")


def test_staff_write_a_note_that_stands_on_one_portals_page(
    staff: Client, alice_portal: Portal, charlie_portal: Portal
) -> None:
    assertContains(page(staff, alice_portal), f"{ADD}?organization={alice_portal.organization.pk}")

    answer = staff.post(ADD, {"organization": alice_portal.organization.pk, "text": "Called <b>twice</b>."})

    assert answer.status_code == 302
    assert Note.objects.get().created_by == "staff@example.org"
    assertContains(page(staff, alice_portal), "Called &lt;b&gt;twice&lt;/b&gt;.")
    assertNotContains(page(staff, charlie_portal), "Called")
    listed = staff.get(NOTES, {"organization__id__exact": charlie_portal.organization.pk})
    assertNotContains(listed, "Called")


def test_a_note_is_never_changed(staff: Client, alice_portal: Portal) -> None:
    note = Note.objects.create(organization=alice_portal.organization, text="As it was")

    assert staff.post(f"{NOTES}{note.pk}/change/", {"text": "Otherwise"}).status_code == 403

    note.refresh_from_db()
    assert note.text == "As it was"


def test_staff_without_the_right_read_and_write_none(platform_client: Client, alice_portal: Portal) -> None:
    Note.objects.create(organization=alice_portal.organization, text="Not for all of us")
    looking = staff_client(platform_client, "view_organization")

    assertNotContains(page(looking, alice_portal), "Not for all")
    assertNotContains(page(looking, alice_portal), ADD)
    assert looking.get(NOTES).status_code == 403
    assert looking.post(ADD, {"organization": alice_portal.organization.pk, "text": "x"}).status_code == 403


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_staff_suspend_no_portal_without_a_reason(staff: Client, alice_portal: Portal, reason: str) -> None:
    picked = {"_selected_action": [alice_portal.organization.pk], "action": "suspend", "confirmed": "1"}

    assertContains(staff.post(LIST, {**picked, "reason": reason}), "Suspend these organizations?")

    assert Organization.objects.get(slug="alice").is_active
    staff.post(LIST, {**picked, "reason": "  Unpaid "})
    assert Organization.objects.get(slug="alice").suspension_reason == "Unpaid"
    assertContains(page(staff, alice_portal), "Unpaid")
