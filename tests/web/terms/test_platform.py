"""The platform publishes terms; Alice reads what changed and accepts, before the date or, from then on, first."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts.models import User
from bandstand.audit.models import Entry
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.portals.exporting import organization_export
from bandstand.terms.accepting import BATCH, mails_write, terms_accept, terms_outstanding, terms_publish
from bandstand.terms.models import Acceptance, Terms
from tests.conftest import Browser, Portal
from tests.mailbox import code_in, link_in, newest_mail_to
from tests.web.platform.signup_form import filled_in

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ALICE = "alice@example.org"
ACCEPT = "/terms/accept/"


def published(version: str = "2.0", *, days: float = 30, document: str = "terms", **fields: str) -> Terms:
    texts = {"text_en": f"# Rules\nBe **kind**. {version}", "changes_en": "Kindness is new.", **fields}
    terms = Terms.objects.create(
        document=document, version=version, accept_by=timezone.now() + timedelta(days=days), **texts
    )
    assert terms_publish(terms=terms)
    return terms


def at_platform(email: str = ALICE) -> Client:
    browser = Browser(HTTP_HOST="bandstand.localhost")
    browser.force_login(User.objects.get(email=email), backend=BACKEND)
    return browser


def test_before_the_date_owners_are_asked_once_and_may_go_on(alice_portal: Portal) -> None:
    browser = at_platform()
    terms = published(days=30)

    asked = browser.get("/organizations/alice/", follow=True)
    assert asked.redirect_chain == [(f"{ACCEPT}?next=/organizations/alice/", 302)]
    assertContains(asked, "Kindness is new.")
    assertContains(asked, "Later")
    assertContains(asked, f"{terms.accept_by:%Y}")
    assert browser.get("/organizations/alice/").status_code == 200
    assert browser.get("/organizations/").status_code == 200
    assert not Acceptance.objects.exists()
    assert at_platform().get("/organizations/").headers["Location"].startswith(ACCEPT), "the next log-in asks again"


def test_accepting_is_recorded_and_asked_no_more(alice_portal: Portal) -> None:
    browser = at_platform()
    terms = published()

    answer = browser.post(ACCEPT, {"version": [terms.pk], "next": "/organizations/alice/"})

    assert answer["Location"] == "/organizations/alice/"
    acceptance = Acceptance.objects.get()
    assert (acceptance.account.email, acceptance.terms) == (ALICE, terms)
    assert timezone.now() - acceptance.accepted_at < timedelta(minutes=1)
    entry = Entry.objects.get(act="terms_accepted")
    assert (entry.actor, entry.target) == (ALICE, "terms 2.0")
    assert at_platform().get("/organizations/").status_code == 200
    assert terms_accept(account=acceptance.account, versions=[terms.pk]) == []


def test_after_the_date_it_is_asked_first_and_portals_stay_online(alice_portal: Portal) -> None:
    browser = at_platform()
    terms = published()
    browser.get(ACCEPT)
    Terms.objects.update(accept_by=timezone.now())

    for path in ("/organizations/", "/organizations/new/", "/organizations/alice/", "/organizations/alice/transfer/"):
        assert browser.get(path).headers["Location"].startswith(ACCEPT), path
        assert browser.get(path).status_code == 302, path
    assert browser.post("/organizations/alice/", {"name": "Another"}).headers["Location"].startswith(ACCEPT)
    assert alice_portal.client().get("/").status_code == 200
    page = browser.get(ACCEPT)
    assertNotContains(page, "Later")
    assertContains(page, "Download a copy")
    assert browser.get("/organizations/alice/export/").status_code == 200
    assert browser.get("/organizations/alice/delete/").status_code == 200
    assert browser.post("/organizations/alice/support/withdraw/").headers["Location"] == "/organizations/alice/support/"

    browser.post(ACCEPT, {"version": [terms.pk]})
    assert browser.get("/organizations/").status_code == 200


def test_the_way_into_the_portal_asks_and_goes_on(alice_portal: Portal) -> None:
    terms = published()
    browser = at_platform()
    there = "/organizations/alice/hand-over/?state=abc"

    assert browser.get(there).headers["Location"] == f"{ACCEPT}?next=/organizations/alice/hand-over/%3Fstate%3Dabc"
    answer = browser.post(ACCEPT, {"version": [terms.pk], "next": there})
    assert answer["Location"] == there
    assert "http://*.bandstand.localhost:8000" in answer.headers["Content-Security-Policy"]
    assert browser.get(there).headers["Location"].startswith(f"http://{alice_portal.host}")


def test_only_what_was_shown_is_accepted(alice_portal: Portal) -> None:
    browser = at_platform()
    former = published("1.0")
    published("2.0")
    draft = Terms.objects.create(document="privacy", version="1", text_en="x", accept_by=timezone.now())

    for sent in ([former.pk], [draft.pk], ["0"], ["x"], ["9" * 30], []):
        answer = browser.post(ACCEPT, {"version": sent})
        assertContains(answer, "Terms of use 2.0")
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(alice_portal: Portal, onward: str) -> None:
    terms = published()

    assert at_platform().post(ACCEPT, {"version": [terms.pk], "next": onward})["Location"] == "/organizations/"


def test_everybody_reads_the_current_version(alice_portal: Portal, platform_client: Client) -> None:
    assert platform_client.get("/documents/terms/").status_code == 404
    assertNotContains(platform_client.get("/"), "/documents/")
    published("1.0")
    published("2.0", text_de="Seien Sie <b>nett</b>.")
    published("1", document="privacy", text_en="", link_en="https://example.org/privacy")

    page = platform_client.get("/documents/terms/")
    assertContains(page, "Be <strong>kind</strong>. 2.0")
    assertContains(platform_client.get("/"), "/documents/terms/")
    german = platform_client.get("/documents/terms/", headers={"Accept-Language": "de"})
    assertContains(german, "Seien Sie &lt;b&gt;nett")
    assert platform_client.get("/documents/privacy/").headers["Location"] == "https://example.org/privacy"
    assert platform_client.get("/documents/other/").status_code == 404


def test_signing_up_records_what_was_accepted(platform_client: Client, db: None) -> None:
    published("1.0")
    published("1", document="privacy")
    page = platform_client.get("/signup/")
    value = page.context["form"].fields["accepted"].choices[0][0]
    form = filled_in(slug="newcomers", email="new@example.org")

    assertContains(platform_client.post("/signup/", form), "Please accept them", status_code=200)
    assert platform_client.post("/signup/", {**form, "accepted": value}).status_code == 302
    later = published("2.0")
    code = code_in(newest_mail_to("new@example.org"))
    assert platform_client.post("/signup/verify/", {"code": code}).status_code == 302

    account = User.objects.get(email="new@example.org")
    accepted = Acceptance.objects.filter(account=account)
    assert [row.terms.document for row in accepted] == ["privacy"], "1.0 was replaced before the code"
    assert terms_outstanding(account) == [later]
    assert Entry.objects.get(act="terms_accepted").actor == "new@example.org"


def test_versions_that_changed_meanwhile_are_asked_again(platform_client: Client, db: None) -> None:
    published("1.0")
    value = platform_client.get("/signup/").context["form"].fields["accepted"].choices[0][0]
    published("2.0")

    answer = platform_client.post("/signup/", {**filled_in(slug="x-y", email="n@example.org"), "accepted": value})

    assertContains(answer, "They changed a moment ago")


def test_owners_are_told_now_and_reminded_once_who_hasnt_accepted(alice_portal: Portal, charlie_portal: Portal) -> None:
    terms = published(days=30)
    news, reminder = Job.objects.filter(kind="terms.mail").order_by("pk")
    assert news.payload["is_reminder"] is False
    assert reminder.run_at == terms.accept_by - timedelta(days=7)

    for _twice in range(2):
        mails_write(terms=terms, is_reminder=False, after=0)
    assert OutgoingMessage.objects.filter(recipients=[ALICE]).count() == 1
    mail = newest_mail_to(ALICE)
    assert "Kindness is new." in mail.text
    assert link_in(mail) == f"http://bandstand.localhost:8000{ACCEPT}"
    terms_accept(account=User.objects.get(email=ALICE), versions=[terms.pk])
    for _twice in range(2):
        mails_write(terms=terms, is_reminder=True, after=0)

    assert OutgoingMessage.objects.filter(recipients=[ALICE]).count() == 1
    assert OutgoingMessage.objects.filter(recipients=[charlie_portal.owner_email]).count() == 2
    assert "Reminder" in newest_mail_to(charlie_portal.owner_email).subject


def test_mails_speak_the_portals_language_and_stop_with_a_newer_version(alice_portal: Portal) -> None:
    alice_portal.organization.language = "de"
    alice_portal.organization.save()
    terms = published(changes_de="Nettsein ist neu.")
    mails_write(terms=terms, is_reminder=False, after=0)
    assert "Nettsein ist neu." in newest_mail_to(ALICE).text
    assert "Nutzungsbedingungen" in newest_mail_to(ALICE).subject

    published("3.0")

    assert mails_write(terms=terms, is_reminder=True, after=0) == 0


def test_mails_go_batch_by_batch(alice_portal: Portal) -> None:
    terms = published(days=3)
    assert Job.objects.filter(kind="terms.mail").count() == 1, "no reminder a week before, when it is that late"
    owners = [User(email=f"o{n}@example.org") for n in range(BATCH)]
    alice_portal.organization.owners.through.objects.bulk_create(
        alice_portal.organization.owners.through(organization=alice_portal.organization, user=user)
        for user in User.objects.bulk_create(owners)
    )

    mails_write(terms=terms, is_reminder=False, after=0)

    following = Job.objects.filter(kind="terms.mail").latest("pk")
    assert following.payload["after"] > 0
    assert mails_write(terms=terms, is_reminder=False, after=following.payload["after"]) >= 1


def test_it_stands_in_the_owners_copy_of_their_data(alice_portal: Portal) -> None:
    terms = published()
    terms_accept(account=User.objects.get(email=ALICE), versions=[terms.pk])
    with organization_export(alice_portal.organization) as file, zipfile.ZipFile(io.BytesIO(file.read())) as folder:
        rows = json.loads(folder.read("terms/acceptance.json"))

    assert [(row["email"], row["document"], row["version"]) for row in rows] == [(ALICE, "terms", "2.0")]


def test_staff_write_a_draft_and_publish_it_once(alice_portal: Portal, charlie_portal: Portal) -> None:
    staff = User.objects.create(email="stella@example.org", is_staff=True, is_superuser=True)
    browser = at_platform(staff.email)
    form = {
        "document": "terms",
        "version": "2.0",
        "text_en": "Be kind.",
        "text_de": "",
        "link_en": "",
        "link_de": "",
        "changes_en": "All",
        "changes_de": "",
        "accept_by_0": "2027-01-31",
        "accept_by_1": "12:00",
        "accept_by": "2027-01-31 12:00",
    }
    both = browser.post("/admin/terms/terms/add/", {**form, "link_en": "https://example.org/terms"})
    assertContains(both, "Give either a link or a text in English.")
    assert browser.post("/admin/terms/terms/add/", form).status_code == 302
    terms = Terms.objects.get()
    assert terms.created_by == staff.email
    chosen = {"action": "publish", "_selected_action": terms.pk}
    assertContains(browser.post("/admin/terms/terms/", chosen), "2 owners get it by email")
    assert Terms.objects.get().published_at is None
    browser.post("/admin/terms/terms/", {**chosen, "confirmed": 1})

    assert Terms.objects.get().published_at is not None
    assert browser.post(f"/admin/terms/terms/{terms.pk}/change/", form).status_code == 403
    assert browser.post(f"/admin/terms/terms/{terms.pk}/delete/", {"post": "yes"}).status_code == 403
    assertContains(browser.post("/admin/terms/terms/", chosen, follow=True), "published already")
    assert Entry.objects.get(act="terms_published").target == "Terms of use 2.0"


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"text_en": "a", "link_en": "https://example.org/"},
        {"text_en": "a", "text_de": "b", "link_de": "https://example.org/"},
    ],
)
def test_a_version_is_a_link_or_a_text(db: None, texts: dict[str, str]) -> None:
    terms = Terms(document="terms", version="1", accept_by=timezone.now(), **texts)
    with pytest.raises(ValidationError):
        terms.full_clean()
    with pytest.raises(IntegrityError):
        terms.save()


def test_no_link_runs_a_script(db: None) -> None:
    terms = Terms(document="terms", version="1", accept_by=timezone.now(), link_en="javascript:alert(1)")
    with pytest.raises(ValidationError):
        terms.full_clean()
