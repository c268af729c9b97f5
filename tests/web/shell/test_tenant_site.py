"""The admin of a portal: who gets in, what each role may do, and that another portal's rows are out of reach."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_tenants.utils import tenant_context
from pytest_django.asserts import assertContains, assertNotContains

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.media.models import Picture
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand.portals.models import PortalSettings
from bandstand_web.shell.admin.tenant_site import site
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.shared.media.test_pictures import PNG


@pytest.fixture
def alice(alice_portal: Portal) -> Client:
    """Alice's own browser."""
    return alice_portal.client_of(roles.OWNER)


def fill(organization: Organization) -> Band:
    """Put one row of everything into a portal and return its band."""
    with tenant_context(organization):
        band = BandFactory(name=f"House band of {organization.slug}", genres=["Doom"])
        MemberFactory(band=band, instruments=["Tuba"])
        BandLinkFactory(band=band)
        BandPhotoFactory(band=band)
        GigFactory(bands=[band])
        QuestionFactory()
        EnquiryFactory(band=band)
        PortalSettings.objects.current()
    return band


def test_it_sends_visitors_to_the_log_in_page(alice_portal: Portal) -> None:
    response = alice_portal.client().get("/admin/bands/band/", follow=False)
    assert response.status_code == 302
    log_in = alice_portal.client().get(response["Location"])
    assert log_in["Location"] == "/accounts/login/?next=/admin/bands/band/"


def test_it_refuses_an_account_without_a_role(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.MEMBER)
    with tenant_context(alice_portal.organization):
        alice_portal.user(roles.MEMBER).groups.clear()
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403


def test_it_refuses_an_account_that_was_locked(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.EDITOR)
    with tenant_context(alice_portal.organization):
        user = alice_portal.user(roles.EDITOR)
        user.is_active = False
        user.save()
    assert client.get("/admin/").status_code == 302


def inline_code(response: HttpResponse) -> list[str]:
    """Return what the content security policy would block; `<noscript>` is for browsers without scripts."""
    html = re.sub(r"<noscript>.*?</noscript>", "", response.content.decode(), flags=re.DOTALL)
    return re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(?: src=|application/json))[^>]*>", html)


def test_it_opens_every_page_to_the_owner(alice: Client, alice_portal: Portal) -> None:
    fill(alice_portal.organization)
    assert inline_code(alice.get("/admin/")) == []
    opened = 0
    for model in site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        response = alice.get(reverse(f"admin:{name}_changelist"), follow=True)
        assert response.status_code == 200, name
        assert inline_code(response) == [], name
        with tenant_context(alice_portal.organization):
            row = model._default_manager.first()
        if row is not None:
            page = alice.get(reverse(f"admin:{name}_change", args=[row.pk]))
            assert page.status_code == 200, name
            assert inline_code(page) == [], name
            opened += 1
    assert opened >= 8


@pytest.mark.parametrize("role", [roles.MANAGER, roles.EDITOR, roles.MEMBER])
def test_it_opens_lists_to_every_role(role: str, alice_portal: Portal) -> None:
    fill(alice_portal.organization)
    client = alice_portal.client_of(role)
    assert client.get("/admin/").status_code == 200
    for page in ("bands/band", "gigs/gig", "polls/question", "media/picture", "enquiries/enquiry"):
        assert client.get(f"/admin/{page}/").status_code == 200, page


def test_it_lets_members_look_only(alice_portal: Portal) -> None:
    band = fill(alice_portal.organization)
    client = alice_portal.client_of(roles.MEMBER)
    assert client.get("/admin/bands/band/add/").status_code == 403
    assert client.get("/backstage/imports/add/").status_code == 403
    assert client.post(f"/admin/bands/band/{band.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/bands/band/{band.pk}/change/", {"name": "Mine"}).status_code == 403


def test_it_shows_a_portal_its_own_rows_alone(alice: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    fill(alice_portal.organization)
    with tenant_context(charlie_portal.organization):
        BandFactory.create_batch(3)
    foreign = fill(charlie_portal.organization)
    page = alice.get("/admin/bands/band/")
    assertContains(page, "House band of alice")
    assertNotContains(page, "House band of charlie")
    assert alice.get(f"/admin/bands/band/{foreign.pk}/change/").status_code == 302  # "doesn't exist", back to the index
    found = alice.get("/admin/autocomplete/?app_label=bands&model_name=member&field_name=instruments&term=").json()
    assert [row["text"] for row in found["results"]] == ["Tuba"]


def test_it_is_closed_to_another_portals_team(alice: Client, charlie_portal: Portal) -> None:
    stolen = Client(HTTP_HOST=charlie_portal.host)
    stolen.cookies = alice.cookies
    assert stolen.get("/admin/").status_code == 302


def test_it_stores_a_band_with_members_and_links(alice: Client, alice_portal: Portal) -> None:
    response = alice.post(
        "/admin/bands/band/add/",
        {
            "name": "Motörhead",
            "can_rock": "on",
            "formed": "1975",
            "members-TOTAL_FORMS": "1",
            "members-INITIAL_FORMS": "0",
            "members-0-position": "1",
            "members-0-name": "Lemmy",
            "links-TOTAL_FORMS": "1",
            "links-INITIAL_FORMS": "0",
            "links-0-position": "1",
            "links-0-label": "Site",
            "links-0-url": "https://example.org/",
            "gallery-TOTAL_FORMS": "0",
            "gallery-INITIAL_FORMS": "0",
        },
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenant_context(alice_portal.organization):
        band = Band.objects.get(slug="motorhead")
        assert [member.name for member in band.members.all()] == ["Lemmy"]
        assert [link.url for link in band.links.all()] == ["https://example.org/"]
        assert LogEntry.objects.get().object_repr == "Motörhead"


def test_it_says_what_is_wrong_with_a_band(alice: Client) -> None:
    forms = {f"{name}-{count}_FORMS": "0" for name in ("members", "links", "gallery") for count in ("TOTAL", "INITIAL")}
    response = alice.post("/admin/bands/band/add/", {"name": "Late", "formed": "1990", "ended": "1980", **forms})
    assertContains(response, "A band can&#x27;t split up before it was formed.")


def test_it_searches_as_the_portal_does(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="Motörhead")
        BandFactory(name="Abba")
    page = alice.get("/admin/bands/band/?q=motorhaed")
    assertContains(page, "Motörhead")
    assertNotContains(page, "Abba")


def test_it_publishes_many_at_once(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        drafts = [BandFactory(is_published=False) for _band in range(2)]
    alice.post("/admin/bands/band/", {"action": "publish", "_selected_action": [band.pk for band in drafts]})
    with tenant_context(alice_portal.organization):
        assert Band.objects.published().count() == 2
        assert LogEntry.objects.count() == 2


def test_it_reads_a_gigs_start_on_the_clock_of_the_place(alice: Client, alice_portal: Portal) -> None:
    values = {
        "venue": "Budokan",
        "town": "Tokyo",
        "time_zone": "Asia/Tokyo",
        "status": "scheduled",
        "starts_at": "2027-06-01T19:00",
        "appearances-TOTAL_FORMS": "0",
        "appearances-INITIAL_FORMS": "0",
    }
    response = alice.post("/admin/gigs/gig/add/", values)
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenant_context(alice_portal.organization):
        gig = Gig.objects.get()
    assert gig.starts_at.isoformat() == "2027-06-01T10:00:00+00:00"
    page = alice.get(f"/admin/gigs/gig/{gig.pk}/change/")
    assertContains(page, 'value="2027-06-01T19:00"')


def test_it_refuses_a_time_that_the_clocks_skip(alice: Client) -> None:
    values = {
        "venue": "SO36",
        "town": "Berlin",
        "time_zone": "Europe/Berlin",
        "status": "scheduled",
        "starts_at": "2027-03-28T02:30",
        "appearances-TOTAL_FORMS": "0",
        "appearances-INITIAL_FORMS": "0",
    }
    assertContains(alice.post("/admin/gigs/gig/add/", values), "this time doesn&#x27;t exist")


def test_it_takes_an_upload_and_leaves_it_to_the_worker(alice: Client, alice_portal: Portal) -> None:
    upload = SimpleUploadedFile("photo.jpg", PNG, content_type="image/jpeg")
    response = alice.post("/admin/media/picture/add/", {"file": upload, "alt": "A tuba"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenant_context(alice_portal.organization):
        picture = Picture.objects.get()
    assert (picture.state, picture.alt, str(picture.uploaded_by)) == ("waiting", "A tuba", "Alice")


def test_it_refuses_an_upload_that_is_no_picture(alice: Client) -> None:
    upload = SimpleUploadedFile("photo.jpg", b"<script>", content_type="image/jpeg")
    response = alice.post("/admin/media/picture/add/", {"file": upload})
    assertContains(response, "This is not a picture we can read.")


def test_it_leads_to_the_one_row_of_settings(alice: Client) -> None:
    response = alice.get("/admin/portals/portalsettings/", follow=True)
    assert response.status_code == 200
    assert alice.get("/admin/portals/portalsettings/add/").status_code == 403


def test_it_edits_choices_on_the_questions_page(alice: Client, alice_portal: Portal) -> None:
    values = {
        "text": "Vinyl or tape?",
        "published_at_0": "2026-01-01",
        "published_at_1": "12:00",
        "choices-TOTAL_FORMS": "2",
        "choices-INITIAL_FORMS": "0",
        "choices-0-position": "2",
        "choices-0-text": "Tape",
        "choices-1-position": "1",
        "choices-1-text": "Vinyl",
    }
    response = alice.post("/admin/polls/question/add/", values)
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenant_context(alice_portal.organization):
        assert [choice.text for choice in Question.objects.get().choices.all()] == ["Vinyl", "Tape"]


def test_it_changes_nothing_of_an_enquiry_but_its_state(alice: Client, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        enquiry = EnquiryFactory()
    alice.post(f"/admin/enquiries/enquiry/{enquiry.pk}/change/", {"state": "answered", "message": "Forged"})
    with tenant_context(alice_portal.organization):
        enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.message) == (Enquiry.State.ANSWERED, "Would you play for us?")


def test_it_logs_out_by_post_alone(alice: Client) -> None:
    assert alice.get("/admin/logout/").status_code == 405
    assert alice.post("/admin/logout/")["Location"] == "/"
    assert alice.get("/admin/").status_code == 302
