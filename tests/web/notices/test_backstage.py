"""A person's notices in the backstage, and their choice of emails."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.notices.models import CHOICE_PATH, PATHS, PERMISSIONS, EmailChoice, Notice
from bandstand.organizations.models import Organization
from bandstand.teams.membership import role_change
from bandstand_web.shell.access import ANY_ROLE
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory

URL = "/backstage/notices/"


@pytest.fixture
def owner(in_alice_portal: Portal) -> User:
    return in_alice_portal.user()


@pytest.fixture
def client(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.OWNER)


def message_for(person: User, name: str = "The Tubas") -> Notice:
    enquiry = EnquiryFactory(band=BandFactory(name=name))
    return Notice.objects.create(
        person=person, kind="message", event=f"message:{enquiry.pk}", number=enquiry.pk, band=enquiry.band
    )


def limit_for(person: User) -> Notice:
    detail = {"limit": "bands", "used": 4, "most": 5}
    return Notice.objects.create(person=person, kind="quota", event="quota:bands:1", detail=detail)


def page(client: Client, path: str = URL) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_path_leads_where_its_permission_is_asked_for() -> None:
    for kind, path in PATHS.items():
        view = resolve(path.format(1), urlconf="bandstand_web.urls.portal").func
        assert view.permission in {PERMISSIONS[kind], ANY_ROLE}, kind
    assert resolve(CHOICE_PATH, urlconf="bandstand_web.urls.portal").view_name == "backstage:notice_emails"


def test_it_lists_ones_own_and_leads_there(client: Client, owner: User, in_alice_portal: Portal) -> None:
    mine, other = message_for(owner), message_for(in_alice_portal.user(roles.EDITOR), "Somebody else's")

    text = page(client)
    assert "A new message for The Tubas." in text
    assert "Somebody else" not in text
    assert '<span class="unread">1<' in page(client, "/backstage/")

    answer = client.get(f"{URL}{mine.pk}/")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/backstage/enquiries/{mine.number}/")
    assert '<span class="unread">' not in page(client, "/backstage/")
    assert client.get(f"{URL}{other.pk}/").status_code == 404
    other.refresh_from_db()
    assert other.read_at is None


def test_all_that_the_page_showed_are_marked_as_read(client: Client, owner: User, in_alice_portal: Portal) -> None:
    seen = message_for(owner)
    others = message_for(in_alice_portal.user(roles.EDITOR))
    came_meanwhile = limit_for(owner)

    assert client.post(f"{URL}read/", {"newest": others.pk}).status_code == 302
    assert client.post(f"{URL}read/", {"newest": "²"}).status_code == 302

    assert list(Notice.objects.unread().order_by("pk")) == [others, came_meanwhile]
    assert Notice.objects.get(pk=seen.pk).read_at is not None


def test_what_was_deleted_is_neither_listed_nor_counted(client: Client, owner: User) -> None:
    notice = message_for(owner)
    EnquiryFactory._meta.model.objects.filter(pk=notice.number).delete()

    assert "A new message" not in page(client)
    assert '<span class="unread">' not in page(client, "/backstage/")
    assert client.get(f"{URL}{notice.pk}/").status_code == 404


def test_a_role_that_may_not_see_the_thing_any_more_sees_no_notice(in_alice_portal: Portal) -> None:
    manager = in_alice_portal.user(roles.MANAGER)
    limit_for(manager)
    assert "Bands: 4 of 5" in page(in_alice_portal.client_of(roles.MANAGER))

    role_change(user=manager, role=roles.EDITOR)

    assert "Bands: 4 of 5" not in page(in_alice_portal.client_of(roles.MANAGER))


def test_the_count_ends_at_ninety_nine(client: Client, owner: User) -> None:
    notice = limit_for(owner)
    Notice.objects.bulk_create(
        Notice(person=owner, kind=notice.kind, event=f"quota:{number}", detail=notice.detail) for number in range(100)
    )
    assert '<span class="unread">99+<' in page(client)


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        (roles.OWNER, {"messages", "bands", "failed_imports", "quotas", "bounced_invitations", "listings", "language"}),
        (roles.EDITOR, {"messages", "bands", "failed_imports", "language"}),
        (roles.MEMBER, {"messages", "bands", "language"}),
    ],
)
def test_each_role_chooses_among_what_it_is_told_of(in_alice_portal: Portal, role: str, fields: set[str]) -> None:
    form = in_alice_portal.client_of(role).get(CHOICE_PATH).context["form"]

    assert set(form.fields) == fields
    offered = [value for value, _label in form.fields["messages"].choices]
    assert ("none" in offered) == (role == roles.OWNER)


def test_a_choice_is_kept(client: Client, owner: User) -> None:
    band = BandFactory()
    values = {"messages": "chosen", "bands": [band.pk], "quotas": "on", "language": "de"}

    for _time in range(2):
        assert client.post(CHOICE_PATH, values).status_code == 302

    choice = EmailChoice.objects.get(person=owner)
    assert (choice.messages, list(choice.bands.all()), choice.language) == ("chosen", [band], "de")
    assert (choice.quotas, choice.failed_imports, choice.bounced_invitations) == (True, False, False)
    assert client.get(CHOICE_PATH).context["form"]["bands"].value() == [band.pk]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"messages": "chosen"}, "bands"),
        ({"messages": "chosen", "bands": ["999999999999999999999"]}, "bands"),
        ({"messages": "everything"}, "messages"),
        ({"language": ""}, "messages"),
        ({"messages": "all", "language": "tlh"}, "language"),
    ],
)
def test_what_cant_be_meant_is_refused(client: Client, values: dict[str, object], field: str) -> None:
    answer = client.post(CHOICE_PATH, values)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not EmailChoice.objects.exists()


def test_another_choice_than_the_role_has_changes_nothing(in_alice_portal: Portal) -> None:
    member = in_alice_portal.user(roles.MEMBER)

    assert in_alice_portal.client_of(roles.MEMBER).post(CHOICE_PATH, {"messages": "none"}).status_code == 422
    assert in_alice_portal.client_of(roles.MEMBER).post(CHOICE_PATH, {"messages": "usual"}).status_code == 302

    choice = EmailChoice.objects.get(person=member)
    assert choice.failed_imports, "what the form doesn't show stays"
    assert choice.quotas


def test_a_trashed_band_is_no_choice(client: Client) -> None:
    band: Band = BandFactory(name="The Tubas", trashed_at=timezone.now())

    assert "The Tubas" not in page(client, CHOICE_PATH)
    assert client.post(CHOICE_PATH, {"messages": "chosen", "bands": [band.pk]}).status_code == 422


def test_a_portal_that_is_being_moved_can_be_read(client: Client, owner: User, in_alice_portal: Portal) -> None:
    notice = message_for(owner)
    in_alice_portal.organization.state = Organization.State.MOVING
    in_alice_portal.organization.save()

    assert client.get(f"{URL}{notice.pk}/").status_code == 302

    notice.refresh_from_db()
    assert notice.read_at is None
