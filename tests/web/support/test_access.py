"""Staff of the platform enter Alice's portal with her consent, within it, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.forms import BaseForm
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Entry
from bandstand.bands.models import Band, Member
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.owners import owner_add, owner_remove
from bandstand.support.consenting import consent_end, consent_grant
from bandstand.support.models import Consent, Visit
from bandstand.support.wall import writes
from bandstand.teams.membership import team_size
from bandstand.teams.suspending import organization_suspend
from tests.conftest import PASSWORD, Browser, Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.isolation.visiting import PORTAL, addresses
from tests.mailbox import newest_mail_to

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ALICE, STELLA, SAM = "alice@example.org", "stella@example.org", "sam@example.org"
PAGE = "/organizations/alice/support/"


def staff_member(email: str = STELLA, **rights: bool) -> User:
    return User.objects.create(
        email=email, name=email.partition("@")[0].title(), is_staff=True, **{"is_superuser": True, **rights}
    )


def at_platform(email: str) -> Client:
    browser = Browser(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=email), backend=BACKEND)
    return browser


def granted(access: str = "read", period: str = "hour", staff: str = "") -> None:
    answer = at_platform(ALICE).post(PAGE, {"access": access, "period": period, "staff": staff})
    assert answer.headers.get("Location") == PAGE, answer.content.decode()


def entrance(portal: Portal) -> str:
    return f"/admin/organizations/organization/{portal.organization.pk}/support/"


def link(portal: Portal, email: str = STELLA) -> str | None:
    """Press the button in the platform's admin, and return the path of the link, or None where it is refused."""
    answer = at_platform(email).post(entrance(portal))
    there = urlsplit(answer.headers.get("Location", ""))
    return f"{there.path}?{there.query}" if there.netloc == f"{portal.host}:8000" else None


def entered(portal: Portal, email: str = STELLA) -> Client:
    path = link(portal, email)
    assert path is not None
    browser = portal.client()
    page = browser.get(path)
    answer = browser.post("/accounts/support/", {"token": page.context["token"]})
    assert answer.headers["Location"] == "/backstage/", answer.content.decode()
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/backstage/").status_code == 200


def acts(portal: Portal) -> list[str]:
    """Return what both logs say of support, oldest first."""
    found = list(Entry.objects.filter(act__startswith="support").order_by("pk").values_list("act", flat=True))
    with tenant_context(portal.organization):
        there = list(Entry.objects.filter(act__startswith="support").order_by("pk").values_list("act", flat=True))
    assert found == there
    return found


@pytest.fixture
def stella(db: None) -> User:
    return staff_member()


@pytest.fixture
def portal(alice_portal: Portal, stella: User) -> Iterator[Portal]:
    connection.set_schema_to_public()
    yield alice_portal
    alice_portal.organization.remembered.clear()


def test_nobody_enters_without_a_consent(portal: Portal, charlie_portal: Portal) -> None:
    assert link(portal) is None
    granted()
    assert link(charlie_portal) is None
    assert link(portal) is not None


def test_a_consent_lets_staff_in_until_it_ends(portal: Portal) -> None:
    granted()
    browser = entered(portal)

    answer = browser.get("/backstage/")
    assertContains(answer, "Support of bandstand.localhost")
    assertContains(answer, "Stella")
    for consent in Consent.objects.all():
        Consent.objects.filter(pk=consent.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assertContains(browser.get("/backstage/"), "Support access has ended", status_code=403)
    assert not is_in(browser)
    assert acts(portal) == ["support_allowed", "support_entered", "support_ended"]
    assert "has ended" in newest_mail_to(ALICE).subject


def test_every_owner_is_told_of_each_step(portal: Portal) -> None:
    owner_add(organization=portal.organization, account=User.objects.create_user("bob@example.org"))
    OutgoingMessage.objects.all().delete()
    granted(staff=STELLA.upper())
    browser = entered(portal)
    browser.post("/backstage/support/leave/")
    at_platform(ALICE).post(f"{PAGE}withdraw/")

    for owner in (ALICE, "bob@example.org"):
        mails = OutgoingMessage.objects.filter(recipients__contains=[owner]).order_by("pk")
        assert [mail.subject for mail in mails] == [
            "Support may log in to Alice's Agency",
            "Support has logged in to Alice's Agency",
            "Support has logged out of Alice's Agency",
            "Support access to Alice's Agency has been withdrawn",
        ]
        assert STELLA in mails[0].text
        assert "Stella" in mails[1].text
        assert all(mail.is_essential for mail in mails)
    assert acts(portal) == ["support_allowed", "support_entered", "support_left", "support_withdrawn"]
    with tenant_context(portal.organization):
        assert Entry.objects.get(act="support_entered").origin == "staff"
        assert Entry.objects.get(act="support_entered").detail == "Stella"


def test_withdrawing_ends_a_visit_at_the_next_click(portal: Portal) -> None:
    granted()
    browser = entered(portal)
    assert is_in(browser)

    at_platform(ALICE).post(f"{PAGE}withdraw/")

    assert not is_in(browser)
    assert link(portal) is None


def test_an_owner_ends_it_from_the_backstage_and_nobody_else_of_the_team_does(
    portal: Portal, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    granted()
    browser = entered(portal)
    owner, manager = portal.client_of(roles.OWNER), portal.client_of(roles.MANAGER)
    assertContains(manager.get("/backstage/"), "Support of bandstand.localhost (<bdi>Stella</bdi>) is logged in until")
    assertNotContains(manager.get("/backstage/"), "End access now")
    assertContains(owner.get("/backstage/"), "End access now")

    assert manager.post("/backstage/support/end/").status_code == 403
    assert is_in(browser)
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.post("/backstage/support/end/").status_code == 302
    assert not is_in(browser)
    assertNotContains(owner.get("/backstage/"), "Support of bandstand")


def test_who_loses_the_right_is_out_at_once(portal: Portal, stella: User) -> None:
    granted(period="days")
    for lost in ({"is_active": False}, {"is_staff": False}, {"is_superuser": False}, {"password": "another"}):
        browser = entered(portal)
        assert is_in(browser)
        User.objects.filter(pk=stella.pk).update(**lost)
        assert not is_in(browser), lost
        User.objects.filter(pk=stella.pk).update(is_active=True, is_staff=True, is_superuser=True, password="")


def test_a_consent_ends_with_the_ownership_of_who_gave_it(portal: Portal) -> None:
    owner_add(organization=portal.organization, account=User.objects.create_user("bob@example.org"))
    granted()
    browser = entered(portal)

    owner_remove(organization=portal.organization, account=User.objects.get(email=ALICE))

    assert not is_in(browser)
    assert link(portal) is None


def test_a_suspended_portal_lets_nobody_in(portal: Portal) -> None:
    granted()
    browser = entered(portal)

    organization_suspend(organization=portal.organization, reason="rent")

    assert not is_in(browser)
    assert link(portal) is None
    assert at_platform(ALICE).get(PAGE).status_code == 404


def test_only_the_named_member_enters(portal: Portal) -> None:
    staff_member(SAM)
    granted(staff=" Stella@Example.org ")

    assert link(portal, SAM) is None
    assert link(portal, STELLA) is not None


def test_staff_need_the_permission(portal: Portal, stella: User) -> None:
    granted()
    User.objects.filter(pk=stella.pk).update(is_superuser=False)
    stella.user_permissions.add(Permission.objects.get(codename="view_organization"))
    answer = at_platform(STELLA).post(entrance(portal))
    assert answer.status_code == 403

    stella.user_permissions.add(Permission.objects.get(codename="enter_portal"))
    assert link(portal) is not None


def test_the_link_works_once_at_its_own_portal_and_not_for_long(portal: Portal, charlie_portal: Portal) -> None:
    granted()
    path = link(portal)
    assert path is not None
    token = path.partition("token=")[2]
    assert charlie_portal.client().get(path).status_code == 403
    assert charlie_portal.client().post("/accounts/support/", {"token": token}).status_code == 403
    browser = portal.client()
    assert browser.get(path).status_code == 200
    assert not is_in(browser)
    assert browser.post("/accounts/support/", {"token": token}).status_code == 302
    assert portal.client().get(path).status_code == 403
    assert portal.client().post("/accounts/support/", {"token": token}).status_code == 403

    late = link(portal)
    assert late is not None
    Visit.objects.filter(began_at=None).update(made_at=timezone.now() - timedelta(minutes=6))
    assert portal.client().get(late).status_code == 403


def test_who_only_looks_sees_what_managers_see_and_saves_nothing(portal: Portal) -> None:
    with tenant_context(portal.organization):
        band = BandFactory(name="The Looked At")
    granted("read")
    browser = entered(portal)

    assertContains(browser.get("/backstage/bands/"), "The Looked At")
    assert browser.get("/backstage/enquiries/").status_code == 200
    assert browser.post("/backstage/bands/add/", {"name": "New"}).status_code == 403
    assert browser.post(f"/backstage/bands/{band.pk}/publish/").status_code == 403
    assert browser.post("/bands/the-looked-at/contact/", {"subject": "x"}).status_code == 403
    with tenant_context(portal.organization):
        assert Band.objects.count() == 1


def test_a_manager_of_support_writes_and_never_deletes(portal: Portal) -> None:
    with tenant_context(portal.organization):
        band = BandFactory(name="The Kept", genres=["Doom"])
        member = MemberFactory(band=band, name="Mia")
    granted("manager")
    browser = entered(portal)

    page = browser.get(f"/backstage/bands/{band.pk}/")
    assert page.status_code == 200
    sent = {name: value for name, value in _filled(page).items() if value is not None}
    renamed = browser.post(f"/backstage/bands/{band.pk}/", {**sent, "name": "The Renamed", "genres": "Doom, Polka"})
    assert renamed.status_code == 302, renamed.content.decode()
    gone = browser.post(f"/backstage/bands/{band.pk}/", {**sent, "name": "Again", "members-0-DELETE": "on"})
    assertContains(gone, "Not for support", status_code=403)
    assert browser.post(f"/backstage/bands/{band.pk}/delete/").status_code == 403
    with tenant_context(portal.organization):
        assert Band.objects.get().name == "The Renamed"
        assert Member.objects.filter(pk=member.pk).exists()
        assert Entry.objects.filter(actor="Stella (Support)", origin="staff").exists()


def _filled(page: object) -> dict[str, object]:
    """Return what a browser would send of the forms that the page shows, unchanged."""
    sent: dict[str, object] = {}
    for context in page.context:  # type: ignore[attr-defined]
        for value in context.flatten().values():
            forms = [value] if isinstance(value, BaseForm) else []
            if hasattr(value, "management_form"):
                forms = [value.management_form, *value.forms]
            for form in forms:
                for field in getattr(form, "fields", {}):
                    shown = form[field].value()
                    sent[form.add_prefix(field)] = "" if shown is None else shown
    return sent


def test_no_role_of_support_reaches_team_owners_log_in_domains_log_or_deletion(portal: Portal) -> None:
    """Every address of the backstage is asked; those below must refuse."""
    with tenant_context(portal.organization):
        pk = BandFactory(name="B").pk
    granted("manager")
    browser = entered(portal)
    refused = ("team_", "domain", "log", "delete", "remove", "announcement")
    backstage = [each for name, each in addresses(PORTAL).items() if name.startswith("backstage:")]
    asked = [each for each in backstage if any(word in each.name.removeprefix("backstage:") for word in refused)]
    assert len(asked) >= 15
    for each in asked:
        path = "/" + each.route.replace("<int:pk>", str(pk)).replace("<int:photo>", "1")
        assert browser.post(path).status_code in {403, 404, 405}, path
    for path in ("login", "profile", "email", "password", "sessions", "second-factor", "hand-over", "confirm"):
        assert browser.get(f"/accounts/{path}/").status_code == 403, path
    assert browser.get("/admin/").status_code == 403
    with tenant_context(portal.organization):
        assert Band.objects.count() == 1


def test_support_is_nobody_of_the_team(portal: Portal) -> None:
    with tenant_context(portal.organization):
        before = team_size()
    granted("manager")
    browser = entered(portal)

    with tenant_context(portal.organization):
        row = User.objects.get(name="Stella (Support)")
        assert (row.is_active, row.has_usable_password(), row.groups.count()) == (False, False, 0)
        assert team_size() == before
        # No other way leads in, whatever becomes of the row.
        row.set_password(PASSWORD)
        row.save()
    other = portal.client()
    other.post("/accounts/login/", {"login": row.email, "password": PASSWORD})
    assert not is_in(other)
    assertNotContains(portal.client_of(roles.OWNER).get("/backstage/team/"), "Stella (Support)</")
    with tenant_context(portal.organization):
        User.objects.filter(pk=row.pk).update(is_active=True)
    assert not is_in(browser)


def test_a_session_without_its_visit_is_nobodys(portal: Portal) -> None:
    granted()
    browser = entered(portal)
    session = browser.session
    with tenant_context(portal.organization):
        session["support_visit"] = 0
        session.save()

    assert not is_in(browser)


def test_the_end_is_noted_once_and_by_a_job_where_nobody_is_in(portal: Portal) -> None:
    granted(period="hour")
    consent = Consent.objects.get()
    job = Job.objects.get(kind="support.end_consent")
    assert job.run_at == consent.expires_at
    assert not consent_end(consent_id=consent.pk)
    Consent.objects.update(expires_at=timezone.now())

    assert consent_end(consent_id=consent.pk)
    assert not consent_end(consent_id=consent.pk)
    assert acts(portal) == ["support_allowed", "support_ended"]


def test_one_consent_at_a_time(portal: Portal) -> None:
    granted()
    answer = at_platform(ALICE).post(PAGE, {"access": "manager", "period": "days"}, follow=True)

    assertContains(answer, "Withdraw it first")
    assert Consent.objects.get().access == "read"
    Consent.objects.update(expires_at=timezone.now())
    granted("manager")
    assert Consent.objects.filter(ended_at=None).get().access == "manager"


@pytest.mark.parametrize(
    "sent",
    [
        {"access": "owner", "period": "hour"},
        {"access": "read", "period": "year"},
        {"access": "read", "period": "hour", "staff": "nobody"},
        {"access": "read"},
    ],
)
def test_it_takes_nothing_but_what_it_offers(portal: Portal, sent: dict[str, str]) -> None:
    assert at_platform(ALICE).post(PAGE, sent).status_code == 422
    assert not Consent.objects.exists()


def test_the_password_is_asked_again(portal: Portal) -> None:
    for email, path in (
        (ALICE, PAGE),
        (STELLA, entrance(portal)),
    ):
        browser = at_platform(email)
        session = browser.session
        session["account_authentication_methods"] = []
        session.save()
        answer = browser.post(path, {"access": "read", "period": "hour"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/confirm/")
    assert not Consent.objects.exists()


def test_a_consent_can_be_no_longer_than_three_days(portal: Portal) -> None:
    from django.db import IntegrityError  # noqa: PLC0415

    alice = User.objects.get(email=ALICE)
    with pytest.raises(IntegrityError):
        consent_grant(organization=portal.organization, by=alice, access="read", lifetime=timedelta(days=4))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ('DELETE FROM "bands_member" WHERE id = 1', [("DELETE", "bands_member")]),
        ('WITH x AS (DELETE FROM org_a."bands_band" RETURNING id) SELECT 1', [("DELETE", "bands_band")]),
        ("SELECT 1; DELETE FROM bands_band", [("DELETE", "bands_band")]),
        ('SELECT * FROM "a" FOR UPDATE OF "a"', []),
        ('WITH a AS (SELECT 1) SELECT * FROM "a" FOR NO KEY UPDATE', []),
        ('INSERT INTO "a" (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 2', [("INSERT", "a")]),
        ('update only "accounts_user" set x = 1', [("UPDATE", "accounts_user")]),
        ("TRUNCATE bands_band", [("TRUNCATE", "bands_band")]),
    ],
)
def test_the_wall_reads_statements(sql: str, found: list[tuple[str, str]]) -> None:
    assert writes(sql, None) == found


def test_sessions_of_support_expire_with_the_consent(portal: Portal) -> None:
    granted()
    browser = entered(portal)

    with tenant_context(portal.organization):
        age = browser.session.get_expiry_age()
        assert age <= timedelta(hours=1).total_seconds() < settings.SESSION_COOKIE_AGE
        assert not UserSession.objects.filter(user__email=ALICE).exists()
