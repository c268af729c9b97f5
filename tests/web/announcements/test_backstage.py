"""The platform's announcements in the backstage: to owners, until they dismiss them, or they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from bandstand.accounts import roles
from bandstand.announcements.models import Announcement, Dismissal
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.shared.announcements.test_announcing import announcement
from tests.web.shell.test_platform_site import staff_client

LIST = "/admin/announcements/announcement/"


def published(**changes: object) -> Announcement:
    return announcement(**{"published_at": timezone.now(), **changes})


def test_owners_see_it_until_they_dismiss_it(alice_portal: Portal, charlie_portal: Portal) -> None:
    shown = published()
    alice, charlie = alice_portal.client_of(roles.OWNER), charlie_portal.client_of(roles.OWNER)
    assertContains(alice.get("/backstage/bands/"), "New &lt;prices&gt;")

    host = alice_portal.host
    answer = alice.post(
        f"/backstage/announcements/{shown.pk}/dismiss/", headers={"referer": f"http://{host}/backstage/bands/"}
    )

    assertRedirects(answer, "/backstage/bands/")
    alice.post(f"/backstage/announcements/{shown.pk}/dismiss/")
    assert Dismissal.objects.count() == 1
    assertNotContains(alice.get("/backstage/"), "New &lt;prices&gt;")
    assertContains(charlie.get("/backstage/"), "New &lt;prices&gt;")


def test_it_speaks_the_readers_language(alice_portal: Portal) -> None:
    published()

    page = alice_portal.client_of(roles.OWNER).get("/backstage/", headers={"accept-language": "de"})

    assertContains(page, "Neue Preise")
    assertNotContains(page, "New &lt;prices&gt;")


@pytest.mark.parametrize("role", [roles.MANAGER, roles.EDITOR, roles.MEMBER])
def test_the_rest_of_the_team_sees_none(alice_portal: Portal, role: str) -> None:
    shown = published()
    browser = alice_portal.client_of(role)

    assertNotContains(browser.get("/backstage/"), "New &lt;prices&gt;")
    assert browser.post(f"/backstage/announcements/{shown.pk}/dismiss/").status_code == 403


def test_drafts_and_what_is_over_are_not_shown(alice_portal: Portal) -> None:
    hidden = [announcement(), published(expires_at=timezone.now() - timedelta(minutes=1))]
    browser = alice_portal.client_of(roles.OWNER)

    assertNotContains(browser.get("/backstage/"), "New &lt;prices&gt;")
    for each in hidden:
        assert browser.post(f"/backstage/announcements/{each.pk}/dismiss/").status_code == 404


def test_staff_write_look_and_publish(platform_client: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    staff = staff_client(platform_client, superuser=True)
    data = {
        "title_en": "A <day> off",
        "text_en": "We are away.",
        "title_de": "",
        "text_de": "",
        "expires_at_0": (timezone.now() + timedelta(days=2)).date().isoformat(),
        "expires_at_1": "12:00",
    }
    assert staff.post(f"{LIST}add/", {**data, "text_de": "Halb"}).status_code == 200
    assert staff.post(f"{LIST}add/", data).status_code == 302
    made = Announcement.objects.get()
    picked = {"action": "publish", "_selected_action": [made.pk]}

    assertContains(staff.post(LIST, picked), "2 owners see it")
    assert not Announcement.objects.showing().exists()
    staff.post(LIST, {**picked, "confirmed": "1"})

    assertContains(alice_portal.client_of(roles.OWNER).get("/backstage/"), "A &lt;day&gt; off")
    assert staff.post(f"{LIST}{made.pk}/change/", data).status_code == 403
    assert staff.post(f"{LIST}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    staff.post(LIST, {"action": "end", "_selected_action": [made.pk]})
    assert not Announcement.objects.showing().exists()


def test_who_may_write_may_not_publish(db: None, platform_client: Client) -> None:
    writer = staff_client(platform_client, "add_announcement", "view_announcement", "change_announcement")
    made = announcement()

    writer.post(LIST, {"action": "publish", "_selected_action": [made.pk], "confirmed": "1"})

    assert not Announcement.objects.showing().exists()


def test_a_portals_end_takes_what_its_owners_dismissed(alice_portal: Portal) -> None:
    Dismissal.objects.create(announcement=published(), organization=alice_portal.organization, account=1)

    Organization.objects.filter(slug="alice").delete()

    assert not Dismissal.objects.exists()
