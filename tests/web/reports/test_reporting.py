"""A visitor reports a page of a portal to the platform's staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from bandstand.audit.models import Entry
from bandstand.mail.models import OutgoingMessage
from bandstand.reports.models import PageReport
from tests.conftest import Portal
from tests.factories.bands import BandFactory

STAFF = "help@example.org"
SENDER = "dora@example.com"
WORDS = "That drawing is mine: see https://dora.example/drawings/7 <b>now</b>"


def filled_in(**changes: str) -> dict[str, str]:
    opened = signing.dumps((timezone.now() - timedelta(minutes=1)).timestamp(), salt="bandstand.contact-form")
    fields = {
        "address": "/bands/the-tubas/",
        "kind": "copyright",
        "explanation": WORDS,
        "name": "Dora",
        "email": SENDER,
        "good_faith": "on",
        "opened": opened,
    }
    return fields | changes


@pytest.fixture
def client(in_alice_portal: Portal, settings: Settings) -> Client:
    settings.SUPPORT_CONTACT = f"mailto:{STAFF}"
    return in_alice_portal.client()


def mails() -> dict[str, OutgoingMessage]:
    with schema_context("public"):
        return {message.recipients[0]: message for message in OutgoingMessage.objects.all()}


def test_each_page_leads_to_the_form_which_knows_the_page(client: Client, in_alice_portal: Portal) -> None:
    band = BandFactory(slug="the-tubas")

    page = client.get(f"{band.get_absolute_url()}?utm_source=x")
    assertContains(page, '<a href="/report/?page=/bands/the-tubas/" rel="nofollow">')
    form = client.get("/report/?page=/bands/the-tubas/")

    assertContains(form, 'value="http://alice.bandstand.localhost:8000/bands/the-tubas/"')
    assert form["X-Robots-Tag"] == "noindex"
    assert form["Cache-Control"] == "private, no-store"
    assertContains(client.get("/robots.txt"), "Disallow: /report/")
    assertContains(client.get("/report/"), '<a href="/report/" rel="nofollow">')


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/" + "x" * 3000])
def test_the_link_names_nothing_but_a_page_of_the_portal(client: Client, page: str) -> None:
    form = client.get("/report/", {"page": page}).context["form"]

    assert form["address"].value() == ""


def test_addresses_with_secrets_stay_out_of_the_link(client: Client) -> None:
    page = client.get("/mail/unsubscribe/0123456789abcdef0123456789abcdef/")

    assertNotContains(page, "?page=", status_code=page.status_code)
    assertContains(page, 'href="/report/"', status_code=page.status_code)


def test_a_report_reaches_the_staff_and_is_receipted_without_repeating_a_word(
    client: Client, in_alice_portal: Portal, charlie_portal: Portal
) -> None:
    before = Entry.objects.count()
    answer = client.post("/report/", filled_in(), headers={"Accept-Language": "de"}, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assertContains(answer, "Die Meldung ist angekommen")
    report = PageReport.objects.get()
    assert report.organization == in_alice_portal.organization
    assert report.address == "http://alice.bandstand.localhost:8000/bands/the-tubas/"
    assert (report.state, report.language, report.name, report.email) == ("received", "de", "Dora", SENDER)
    sent = mails()
    assert sent.keys() == {STAFF, SENDER}
    assert f"Nr. {report.pk}" in sent[SENDER].subject
    assert f"/admin/reports/pagereport/{report.pk}/change/" in sent[STAFF].text
    assert "Copyright or a trademark" in sent[STAFF].text
    for message in sent.values():
        assert not any(word in message.text + message.html for word in ("drawing", "tubas", "Dora"))
    assert OutgoingMessage.objects.count() == 0, "the portal's team isn't told"
    assert Entry.objects.count() == before, "a log would keep the sender's address"
    with schema_context("public"):
        assert not Entry.objects.filter(act__startswith="report").exists()
    assertNotContains(charlie_portal.client().get("/"), "We received your report")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("alice.bandstand.localhost:8000/gigs/?page=2#top", "/gigs/?page=2"),
        ("HTTP://Alice.Bandstand.localhost/gigs/", "/gigs/"),
        ("https://alice.bandstand.localhost", "/"),
        (" /über-uns/ ", "/über-uns/"),
    ],
)
def test_addresses_are_taken_as_browsers_show_them(client: Client, typed: str, kept: str) -> None:
    assert client.post("/report/", filled_in(address=typed)).status_code == 302

    assert PageReport.objects.get().address == f"http://alice.bandstand.localhost:8000{kept}"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "https://charlie.bandstand.localhost:8000/",
            "//evil.example/",
            "javascript:alert(1)",
            "ftp://x/",
            "https://[",
        ),
        *("http://alice.bandstand.localhost@evil.example/", "a b", "/\\evil.example/", "x" * 401),
    ],
)
def test_pages_of_other_sites_are_refused(client: Client, charlie_portal: Portal, typed: str) -> None:
    answer = client.post("/report/", filled_in(address=typed))

    assert answer.status_code == 422
    assertContains(answer, 'id="report_address_error"', status_code=422)
    assertContains(answer, "That drawing is mine", status_code=422)
    assert not PageReport.objects.exists()


@pytest.mark.parametrize("lacking", ["address", "kind", "explanation", "name", "email", "good_faith"])
def test_each_part_of_a_notice_is_asked_for(client: Client, lacking: str) -> None:
    answer = client.post("/report/", filled_in(**{lacking: ""}))

    assertContains(answer, f'id="report_{lacking}_error"', status_code=422)
    assert not PageReport.objects.exists()


def test_abuse_of_children_is_reported_without_a_name(client: Client) -> None:
    assert client.post("/report/", filled_in(kind="child_abuse", name="", email="")).status_code == 302

    assert PageReport.objects.get().email == ""
    assert mails().keys() == {STAFF}


def test_a_machine_is_thanked_and_nothing_kept(client: Client) -> None:
    assert client.post("/report/", filled_in(website="https://spam.example")).status_code == 302
    quick = signing.dumps(timezone.now().timestamp(), salt="bandstand.contact-form")
    assertContains(client.post("/report/", filled_in(opened=quick)), "very quick", status_code=422)

    assert not PageReport.objects.exists()


def test_one_address_sends_so_many_over_all_portals(client: Client, charlie_portal: Portal) -> None:
    answers = [client.post("/report/", filled_in()) for _number in range(6)]
    there = charlie_portal.client().post("/report/", filled_in())

    assert [answer.status_code for answer in answers] == [302] * 6
    assert there.status_code == 429
    assert there["Retry-After"] == "3600"
    assert PageReport.objects.count() == 6


def test_nothing_is_written_to_anybody_where_nobody_is_named(client: Client, settings: Settings) -> None:
    settings.SUPPORT_CONTACT = "https://example.org/help"

    client.post("/report/", filled_in())

    assert mails().keys() == {SENDER}
    assert "https://example.org/help" in mails()[SENDER].text
