"""The platform's staff look at reports and decide; owners and senders are told, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.reports.models import PageReport
from tests.conftest import Browser, Portal
from tests.mailbox import newest_mail_to
from tests.web.shell.test_platform_site import staff_client

LIST = "/admin/reports/pagereport/"
SENDER = "dora@example.com"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def staff(db: None, platform_client: Client, settings: Settings) -> Client:
    settings.SUPPORT_CONTACT = "mailto:help@example.org"
    return staff_client(platform_client, superuser=True)


def reported(portal: Portal, **changes: object) -> PageReport:
    fields = {
        "organization": portal.organization,
        "address": portal.organization.url("/bands/the-tubas/"),
        "kind": "copyright",
        "explanation": "That <b>drawing</b> is mine.",
        "name": "Dora",
        "email": SENDER,
        "language": "de",
    }
    return PageReport.objects.create(**fields | changes)


def decide(staff: Client, report: PageReport, state: str, **fields: str):  # type: ignore[no-untyped-def]
    said = {"state": state, "ground": "§ 19a <UrhG>", "reasons": "The drawing is Dora's & shown without a licence."}
    return staff.post(f"{LIST}{report.pk}/change/", said | fields)


def test_staff_read_what_was_reported_and_take_it_up(staff: Client, alice_portal: Portal) -> None:
    report = reported(alice_portal)

    assertContains(staff.get(LIST), "received")
    assertContains(staff.get(f"{LIST}{report.pk}/change/"), "That &lt;b&gt;drawing&lt;/b&gt; is mine.")
    assert decide(staff, report, "in_review", ground="", reasons="").status_code == 302

    report.refresh_from_db()
    assert (report.state, report.decided_at) == ("in_review", None)
    assert OutgoingMessage.objects.count() == 0
    assertContains(decide(staff, report, "received"), "Someone has looked at this report already.")


@pytest.mark.parametrize(
    ("state", "to_sender", "to_owner"),
    [
        ("no_action", "nichts unternommen", None),
        ("warned", "gebeten", "Please change or remove the content."),
        ("removed", "entfernt", "The content has been removed"),
        ("suspended", "gesperrt", "The portal is suspended until further notice"),
    ],
)
def test_a_decision_is_told_with_reasons_and_ways_to_object(  # noqa: PLR0917
    staff: Client, alice_portal: Portal, charlie_portal: Portal, state: str, to_sender: str, to_owner: str | None
) -> None:
    report = reported(alice_portal)

    assert decide(staff, report, state).status_code == 302

    report.refresh_from_db()
    assert (report.state, report.decided_by) == (state, "staff@example.org")
    message = newest_mail_to(SENDER)
    assert to_sender in message.text
    assert "/bands/the-tubas/" in message.text
    assert "Dora&#x27;s &amp; shown" in message.html
    assert "help@example.org" in message.text
    assert "Gericht" in message.text
    with tenant_context(alice_portal.organization):
        logged = list(Entry.objects.filter(act=Act.REPORT_DECIDED))
    told = OutgoingMessage.objects.exclude(recipients=[SENDER])
    assert Entry.objects.get(act=Act.REPORT_DECIDED).detail == f"{report.pk}: {state}"
    if to_owner is None:
        assert (list(told), logged) == ([], [])
        return
    statement = told.get()
    assert statement.recipients == [alice_portal.owner_email]
    assert statement.reply_to == "help@example.org"
    for words in (
        to_owner,
        "§ 19a <UrhG>",
        "shown without a licence",
        "no automated means",
        "a court",
        "/bands/the-tubas/",
    ):
        assert words in statement.text
    assert not any(word in statement.text for word in ("dora@", "is mine"))
    assert [(entry.detail, entry.actor) for entry in logged] == [(f"{report.pk}: {state}", "")]
    with tenant_context(charlie_portal.organization):
        assert not Entry.objects.filter(act=Act.REPORT_DECIDED).exists()


def test_a_suspension_names_the_report(staff: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    report = reported(alice_portal)

    decide(staff, report, "suspended")

    alice = Organization.objects.get(slug="alice")
    assert (alice.state, alice.suspension_reason) == ("suspended", f"Report no. {report.pk}: § 19a <UrhG>")
    owner = Browser(HTTP_HOST="bandstand.localhost")
    owner.force_login(User.objects.get(email=alice_portal.owner_email), backend=BACKEND)
    assertContains(owner.get("/organizations/"), f"Report no. {report.pk}: § 19a &lt;UrhG&gt;")
    closed = alice_portal.client().get("/")
    assert closed.status_code == 503
    assertNotContains(closed, "UrhG", status_code=503)
    assert OutgoingMessage.objects.filter(recipients=[alice_portal.owner_email]).count() == 1
    assert Organization.objects.get(slug="charlie").is_active


def test_after_a_complaint_they_decide_again(staff: Client, alice_portal: Portal) -> None:
    report = reported(alice_portal)
    decide(staff, report, "warned")
    before = OutgoingMessage.objects.count()

    decide(staff, report, "warned")
    assert OutgoingMessage.objects.count() == before, "nothing changed"
    decide(staff, report, "no_action", reasons="We were wrong.")

    report.refresh_from_db()
    assert report.state == "no_action"
    assert "We were wrong." in newest_mail_to(SENDER).text


@pytest.mark.parametrize("state", ["warned", "removed", "suspended"])
def test_nothing_is_decided_without_reasons_nor_about_what_is_gone(
    staff: Client, alice_portal: Portal, state: str
) -> None:
    report = reported(alice_portal)

    assertContains(decide(staff, report, state, reasons=" "), "Say why")
    assertContains(decide(staff, report, state, ground=""), "Name the law or the clause")
    PageReport.objects.update(organization=None)
    assertContains(decide(staff, report, state), "The portal has been deleted.")
    assert OutgoingMessage.objects.count() == 0
    assert decide(staff, report, "no_action", ground="").status_code == 302


def test_a_portal_that_lives_elsewhere_is_not_suspended_here(staff: Client, alice_portal: Portal) -> None:
    Organization.objects.filter(slug="alice").update(state="moved", cell="other")

    assertContains(decide(staff, reported(alice_portal), "suspended"), "lives in another cell")


def test_who_may_not_reads_and_decides_nothing(platform_client: Client, alice_portal: Portal) -> None:
    report = reported(alice_portal)
    looking = staff_client(platform_client, "view_organization")

    assert looking.get(LIST).status_code == 403
    assert decide(looking, report, "suspended").status_code == 403
    assert Organization.objects.get(slug="alice").is_active


def test_people_are_forgotten_after_the_time_that_the_form_says(alice_portal: Portal) -> None:
    now = timezone.now()
    decided = {"state": "warned", "reasons": "x", "ground": "x"}
    young = reported(alice_portal, decided_at=now - timedelta(days=182), **decided)
    due = reported(alice_portal, decided_at=now - timedelta(days=184), **decided)
    undecided = reported(alice_portal)
    ancient = reported(alice_portal)
    PageReport.objects.filter(pk=undecided.pk).update(created_at=now - timedelta(days=366))
    PageReport.objects.filter(pk=ancient.pk).update(created_at=now - timedelta(days=1096))

    assert PageReport.objects.forget(now) == 3

    kept = {report.pk: (report.name, report.email, report.explanation) for report in PageReport.objects.all()}
    assert kept[young.pk] == ("Dora", SENDER, "That <b>drawing</b> is mine.")
    assert kept[due.pk] == kept[undecided.pk] == ("", "", "")
    assert ancient.pk not in kept
    assert PageReport.objects.forget(now) == 0


def test_reports_outlive_the_portal(alice_portal: Portal) -> None:
    report = reported(alice_portal)

    Organization.objects.filter(slug="alice").delete()

    report.refresh_from_db()
    assert report.organization is None
    assert "alice" in report.address


def test_the_database_keeps_the_rules_too(alice_portal: Portal) -> None:
    for wrong in (
        {"email": ""},
        {"name": ""},
        {"state": "warned"},
        {"decided_at": timezone.now()},
        {"address": "javascript:alert(1)"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            reported(alice_portal, **wrong)
    assert reported(alice_portal, kind="child_abuse", name="", email="").pk
