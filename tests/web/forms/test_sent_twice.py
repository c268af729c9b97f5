"""Every form that makes something makes one thing, however often it is sent, and each answer leads to it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band, BandPhoto, Genre, Member
from bandstand.calendars.models import CalendarSource
from bandstand.domains.models import CustomDomain
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.media.models import Picture
from bandstand.news.models import Post
from bandstand.organizations.models import Organization
from bandstand.pages.models import Page
from bandstand.people.models import Person
from bandstand.polls.models import Choice, Question, Vote
from bandstand.submissions.models import Submission
from bandstand.teams.models import Invitation, token_digest
from bandstand.tenancy.provisioning import organization_drop_schema
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.shell.admin.sign_in import ONCE
from bandstand_web.shell.admin.tenant_site import site as tenant_site
from tests.conftest import Portal, PortalClient, _portal
from tests.factories.bands import BandFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.isolation.test_matrix import table
from tests.isolation.visiting import BACKEND, PLATFORM, PLATFORM_HOST, PORTAL, addresses
from tests.mailbox import code_in, newest_mail_to
from tests.web.bands.test_contact import message
from tests.web.platform.signup_form import filled_in
from tests.web.shell.test_content import PIXEL, band_data, gig_data

pytestmark = pytest.mark.filterwarnings("ignore")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]{64})"')
WRITTEN = (
    *(
        Page,
        Gig,
        Venue,
        Question,
        Enquiry,
        SpreadsheetImport,
        CalendarSource,
        BandPhoto,
        Band,
        Picture,
        Genre,
        Invitation,
    ),
    OutgoingMessage,
)


@dataclass(frozen=True)
class Once:
    """A form of the product: where it stands and is sent to, what is in it, and how much there is of what it makes."""

    page: str
    path: str
    data: Callable[[], dict[str, Any]]
    count: Callable[[], int]
    leads_to: str


@dataclass(frozen=True)
class Cast:
    """What stands in Alice's portal already, for other connections too."""

    portal: Portal
    band: Band
    poll: Question

    def browser(self) -> Client:
        """Return the owner's browser, which is asked for tokens as real ones are."""
        browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=self.portal.host)
        with tenant_context(self.portal.organization):
            browser.force_login(self.portal.user(), backend=BACKEND)
        return browser


@pytest.fixture
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Rows that are committed, and removed afterwards with all that came."""
    with django_db_blocker.unblock():
        portal = _portal("alice")
        organizations = set(Organization.objects.values_list("pk", flat=True))
        people = set(User.objects.values_list("pk", flat=True))
        with tenant_context(portal.organization):
            team = set(User.objects.values_list("pk", flat=True))
            band = BandFactory(name="The Tubas", contact_email="tubas@example.org", photo=None)
            poll = QuestionFactory(text="Who plays next?")
            Invitation.objects.create(
                email="new@example.org",
                role=roles.EDITOR,
                token_digest=token_digest("twice"),
                expires_at=timezone.now() + timedelta(days=1),
            )
        yield Cast(portal, band, poll)
        with tenant_context(portal.organization):
            for model in (*WRITTEN, Submission):
                model.objects.all().delete()
            User.objects.exclude(pk__in=team).delete()
        connection.set_schema_to_public()
        for organization in Organization.objects.exclude(pk__in=organizations):
            organization_drop_schema(organization)
            organization.delete()
        User.objects.exclude(pk__in=people).delete()
        for leftover in (Submission, Job, OutgoingMessage, CustomDomain):
            leftover.objects.all().delete()
        connection.close()


def at_the_portal(cast: Cast) -> dict[str, Once]:
    """Every form by which a team or a visitor makes something."""
    band, poll = cast.band, cast.poll
    photos, edit = f"/backstage/bands/{band.pk}/photos/", f"/backstage/bands/{band.pk}/"

    def upload() -> dict[str, Any]:
        return {"pictures": [SimpleUploadedFile("a.png", PIXEL, "image/png")]}

    def sheet() -> dict[str, Any]:
        return {"subject": "bands", "file": io.BytesIO(b"name\nWattwurm\n")}

    def question() -> dict[str, Any]:
        rows = {"choices-TOTAL_FORMS": "2", "choices-INITIAL_FORMS": "0", "choices-0-text": "A", "choices-1-text": "B"}
        return {"text": "Why?", "published_at": "2027-01-01T10:00", "closes_at": "", **rows}

    quoting = f"/backstage/pages/{PageFactory(title='Ours').pk}/content/add/quote/"
    members = {"members-0-name": "Lemmy", "links-TOTAL_FORMS": "0"}
    admin = "/admin/bands/genre/add/"
    return {
        "band_add": Once(
            "/backstage/bands/add/",
            "/backstage/bands/add/",
            band_data,
            Band.objects.filter(town="London").count,
            "photos",
        ),
        "band_edit": Once(edit, edit, lambda: band_data(name=band.name, **members), Member.objects.count, edit),
        "gig_add": Once(
            "/backstage/gigs/add/", "/backstage/gigs/add/", gig_data, Gig.objects.count, "/backstage/gigs/"
        ),
        "venue_add": Once(
            "/backstage/venues/add/",
            "/backstage/venues/add/",
            lambda: {"name": "Hall", "town": "Hof", "time_zone": "Europe/Berlin"},
            Venue.objects.count,
            "/backstage/venues/",
        ),
        "tour_add": Once(
            "/backstage/tours/add/",
            "/backstage/tours/add/",
            lambda: {"name": "Winter"},
            Tour.objects.count,
            "/backstage/tours/",
        ),
        "post_add": Once(
            "/backstage/news/add/",
            "/backstage/news/add/",
            lambda: {"title": "Album"},
            Post.objects.count,
            "/backstage/news/",
        ),
        "page_add": Once(
            "/backstage/pages/add/",
            "/backstage/pages/add/",
            lambda: {"title": "About", "visibility": "public"},
            Page.objects.filter(title="About").count,
            "/content/",
        ),
        "block_add": Once(
            quoting,
            quoting,
            lambda: {"quote": "Twice"},
            lambda: sum(len(page.blocks) for page in Page.objects.all()),
            "/content/",
        ),
        "person_add": Once(
            "/backstage/people/add/",
            "/backstage/people/add/",
            lambda: {"name": "Kim"},
            Person.objects.count,
            "/backstage/people/",
        ),
        "poll_add": Once(
            "/backstage/polls/add/",
            "/backstage/polls/add/",
            question,
            Question.objects.filter(text="Why?").count,
            "polls",
        ),
        "import_add": Once(
            "/backstage/imports/add/", "/backstage/imports/add/", sheet, SpreadsheetImport.objects.count, "imports/"
        ),
        "calendar_add": Once(
            "/backstage/calendars/add/",
            "/backstage/calendars/add/",
            lambda: {"address": "https://calendar.example/gigs.ics", "publishes": "False"},
            CalendarSource.objects.count,
            "calendars/",
        ),
        "band_photos": Once(photos, photos, upload, BandPhoto.objects.count, photos),
        "team_invite": Once(
            "/backstage/team/",
            "/backstage/team/invite/",
            lambda: {"email": "mia@example.org", "role": roles.EDITOR},
            OutgoingMessage.objects.filter(recipients__contains=["mia@example.org"]).count,
            "team",
        ),
        "domains": Once(
            "/backstage/domains/",
            "/backstage/domains/",
            lambda: {"name": "twice.example.com"},
            CustomDomain.objects.count,
            "domains/",
        ),
        "contact": Once(
            reverse("contact_opening", urlconf=PORTAL),
            f"/bands/{band.slug}/contact/",
            message,
            Enquiry.objects.count,
            band.get_absolute_url(),
        ),
        "poll": Once(
            poll.get_absolute_url(),
            poll.get_absolute_url(),
            lambda: {"choice": str(Choice.objects.filter(question=poll).first().pk)},  # type: ignore[union-attr]
            Vote.objects.count,
            "results",
        ),
        "invitation_accept": Once(
            reverse("invitation_accept", args=["twice"], urlconf=PORTAL),
            reverse("invitation_accept", args=["twice"], urlconf=PORTAL),
            lambda: {"name": "New", "password": "seven-strings-and-a-drum"},
            User.objects.filter(email="new@example.org").count,
            "/backstage/",
        ),
        "admin": Once(
            admin, admin, lambda: {"name": "Ska"}, Genre.objects.filter(name="Ska").count, "/admin/bands/genre/"
        ),
    }


ANONYMOUS = {"contact", "poll", "invitation_accept"}
NAMES = (
    *("band_add", "band_edit", "gig_add", "venue_add", "tour_add", "post_add", "person_add", "page_add", "block_add"),
    *("poll_add", "import_add"),
    *("band_photos", "team_invite", "domains"),
    *("contact", "poll", "invitation_accept", "admin"),
)


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_one_of_two_at_once_and_of_a_third(cast: Cast, name: str) -> None:
    with tenant_context(cast.portal.organization):
        form = at_the_portal(cast)[name]
        anonymous = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
        browser = anonymous if name in ANONYMOUS else cast.browser()
        before = form.count()

        answers = send_thrice(browser, form)

        assert form.count() == before + 1
    assert len(locations(answers)) == 1
    assert form.leads_to in locations(answers).pop()


def twin_of(browser: Client) -> Client:
    """Return the same browser once more, with the cookies that it has now: a second click sends those."""
    twin = type(browser)(enforce_csrf_checks=True, HTTP_HOST=browser.defaults["HTTP_HOST"])
    twin.cookies = SimpleCookie({name: morsel.value for name, morsel in browser.cookies.items()})
    return twin


def token_of(browser: Client, page: str) -> str:
    """Return the token that stands in the page's forms."""
    text = browser.get(page).content.decode()
    found = TOKEN.search(text) or re.search(r'"csrfmiddlewaretoken": "([^"]+)"', text)
    assert found, text
    return found[1]


def send_both(browser: Client, form: Once) -> list[tuple[Client, Any]]:
    """The same without the third: a log-in ends the token."""
    return send_thrice(browser, form, third=False)


def send_thrice(browser: Client, form: Once, *, third: bool = True) -> list[tuple[Client, Any]]:
    """Send the form twice at the same moment, and once more; return the browsers and their answers."""
    token = {"csrfmiddlewaretoken": token_of(browser, form.page)}
    former = {**form.data(), **token}
    twins = [twin_of(browser) for _ in range(3)]
    tenant, barrier = connection.tenant, Barrier(2)

    def sent() -> dict[str, Any]:
        """The same again: texts as they were, files from their beginning."""
        return {name: former[name] if isinstance(former[name], str) else value for name, value in form.data().items()}

    def send(twin: Client) -> Any:
        connection.set_tenant(tenant)
        barrier.wait(10)
        try:
            return twin.post(form.path, {**sent(), **token})
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, twins[:2]))
    if third:
        answers.append(twins[2].post(form.path, {**sent(), **token}))
    return list(zip(twins, answers, strict=False))


def locations(answers: list[tuple[Client, Any]]) -> set[str]:
    """Return where all of them lead."""
    assert {answer.status_code for _browser, answer in answers} == {302}, [answer.content for _, answer in answers]
    return {answer.headers["Location"] for _browser, answer in answers}


def test_another_portal_is_opened_once(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=PLATFORM_HOST)
    browser.force_login(User.objects.get(email=cast.portal.owner_email), backend=BACKEND)
    path, data = "/organizations/new/", {"name": "Twice", "slug": "twice"}
    form = Once(path, path, lambda: data, Organization.objects.filter(slug__startswith="twice").count, "")

    answers = send_thrice(browser, form)

    assert form.count() == 1
    assert locations(answers) == {"http://twice.bandstand.localhost:8000/accounts/hand-over/"}


def test_a_sign_up_mails_one_code_and_opens_one_portal(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=PLATFORM_HOST)
    mails = OutgoingMessage.objects.filter(recipients__contains=["dora@example.org"])

    begun = send_thrice(browser, Once("/signup/", "/signup/", filled_in, mails.count, ""))

    assert mails.count() == 1
    assert locations(begun) == {"/signup/verify/"}
    code = {"code": code_in(newest_mail_to("dora@example.org"))}
    for each, _answer in begun:
        assert each.get("/signup/verify/").status_code == 200, "each answer leads to the one sign-up"

    opened = Organization.objects.filter(slug="dora")
    twins = send_both(begun[1][0], Once("/signup/verify/", "/signup/verify/", lambda: code, opened.count, ""))

    assert opened.count() == 1
    assert locations(twins) == {"http://dora.bandstand.localhost:8000/accounts/hand-over/"}
    for each, _answer in twins:
        assert "Dora" in each.get("/organizations/").content.decode(), "each answer logs in"


def test_what_was_refused_can_be_sent_again(cast: Cast) -> None:
    browser = cast.browser()
    page = "/backstage/gigs/add/"
    token = {"csrfmiddlewaretoken": token_of(browser, page)}

    refused = [browser.post(page, {**gig_data(town=""), **token}).status_code for _ in range(2)]
    made = browser.post(page, {**gig_data(), **token})
    another = browser.post(page, {**gig_data(venue="SO36"), **token})

    assert refused == [422, 422]
    assert (made.status_code, another.status_code) == (302, 302)
    with tenant_context(cast.portal.organization):
        assert Gig.objects.count() == 2, "another text on the same page is another gig"


def test_the_second_answer_says_what_the_first_said(cast: Cast) -> None:
    browser = cast.browser()
    page = "/backstage/gigs/add/"
    sent = {**gig_data(), "csrfmiddlewaretoken": token_of(browser, page)}
    second = twin_of(browser)

    browser.post(page, sent)

    assert "has been saved as a draft" in second.post(page, sent, follow=True).content.decode()


def test_a_popup_of_the_admin_hands_back_the_same_row(cast: Cast) -> None:
    browser = cast.browser()
    page = "/admin/bands/genre/add/?_popup=1"
    sent = {"name": "Ska", "slug": "", "_popup": "1", "csrfmiddlewaretoken": token_of(browser, page)}

    first, second = (browser.post(page, sent).content.decode() for _ in range(2))

    assert "popup-response" in first
    assert TOKEN.sub("", first) == TOKEN.sub("", second)


def test_somebody_elses_form_leads_nobody_in(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
    page = reverse("invitation_accept", args=["twice"], urlconf=PORTAL)
    sent = {"name": "New", "password": "seven-strings-and-a-drum", "csrfmiddlewaretoken": token_of(browser, page)}
    thief = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
    thief.get(page)

    assert browser.post(page, sent).status_code == 302
    answer = thief.post(page, sent)

    assert answer.status_code == 403
    assert thief.get("/backstage/").status_code == 302, "isn't logged in"


def test_after_a_log_out_a_form_sent_again_logs_nobody_in(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
    page = reverse("invitation_accept", args=["twice"], urlconf=PORTAL)
    sent = {"name": "New", "password": "seven-strings-and-a-drum", "csrfmiddlewaretoken": token_of(browser, page)}
    before = twin_of(browser)
    browser.post(page, sent)
    browser.post("/accounts/logout/", {"csrfmiddlewaretoken": token_of(browser, "/accounts/logout/")})

    before.post(page, sent)

    assert before.get("/backstage/").status_code == 302


def test_changes_can_be_sent_again_after_a_minute(cast: Cast) -> None:
    browser = cast.browser()
    page = f"/backstage/bands/{cast.band.pk}/"
    data = {"members-TOTAL_FORMS": "0", "links-TOTAL_FORMS": "0"}
    sent = {**band_data(name="Tubas", **data), "csrfmiddlewaretoken": token_of(browser, page)}
    browser.post(page, sent)
    with tenant_context(cast.portal.organization):
        Band.objects.update(name="Changed by another")
        Submission.objects.update(made_at=timezone.now() - timedelta(minutes=2))

    browser.post(page, sent)

    with tenant_context(cast.portal.organization):
        assert Band.objects.get().name == "Tubas"


def test_what_is_kept_is_small_without_texts_and_gone_after_a_day(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
    token = token_of(browser, reverse("contact_opening", urlconf=PORTAL))
    path = f"/bands/{cast.band.slug}/contact/"

    browser.post(path, {**message(message="x" * 1900), "csrfmiddlewaretoken": token})

    with tenant_context(cast.portal.organization):
        kept = Submission.objects.get()
        assert len(json.dumps(kept.answer)) < 500
        assert "xxx" not in json.dumps(kept.answer)
        assert Submission.objects.prune() == 0
        Submission.objects.update(made_at=timezone.now() - timedelta(hours=25))
        assert Submission.objects.prune() == 1


# What takes a form and makes nothing that a second one would make again.
MAKES_NOTHING = {
    "backstage:notices_read": "notes when it was read",
    **dict.fromkeys(
        ("account_login", "account_logout", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate"),
        "a log-in or out",
    ),
    **dict.fromkeys(
        ("mfa_reauthenticate_webauthn", "account_email_verification_sent"), "a code or key that works once"
    ),
    **dict.fromkeys(
        ("account_change_password", "account_set_password", "account_reset_password_from_key"), "one password"
    ),
    **dict.fromkeys(("account_email", "account_reset_password"), "mails a code or link, of which the newest counts"),
    **dict.fromkeys(
        ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"), "one of its kind, or one of each key"
    ),
    **dict.fromkeys(
        ("mfa_deactivate_totp", "mfa_remove_webauthn", "mfa_edit_webauthn", "usersession_end"),
        "ends or names what is there",
    ),
    **dict.fromkeys(
        ("mfa_index", "mfa_list_webauthn", "mfa_view_recovery_codes", "mfa_download_recovery_codes"),
        "shows, or leads owners to the platform",
    ),
    **dict.fromkeys(("page_unlock",), "opens what is there already"),
    **dict.fromkeys(("hand_over",), "a log-in, by a code that works once"),
    **dict.fromkeys(("language", "unsubscribe", "usersessions_list", "account_profile"), "sets what is there already"),
    **dict.fromkeys(("csp_reports",), "counts reports, which browsers send as they like"),
    **dict.fromkeys(("backstage:enquiry_block",), "one line for each address"),
    **dict.fromkeys(("terms_accept",), "one acceptance for each version"),
    **dict.fromkeys(
        ("backstage:calendar_take", "backstage:calendar_pause", "backstage:calendar_resume"),
        "a calendar waits for it once, or is as it is asked to be (tests/web/calendars/test_backstage.py)",
    ),
    **dict.fromkeys(
        ("backstage:import_columns", "backstage:import_confirm", "backstage:import_discard"),
        "an import waits for it once (tests/web/imports/test_backstage.py)",
    ),
    **dict.fromkeys(
        (
            *("organization_edit", "organization_delete", "organization_transfer_withdraw"),
            *("organization_support_withdraw", "backstage:support_leave", "backstage:support_end"),
            *("backstage:statistics_switch", "backstage:page_to_menu"),
        ),
        "changes or ends what is there",
    ),
    **dict.fromkeys(
        (
            *("backstage:bands", "backstage:gigs", "backstage:people", "backstage:polls", "backstage:posts"),
            *("backstage:pages", "backstage:tours", "backstage:venues"),
            *("backstage:trash_bring_back", "backstage:person_unmerge"),
        ),
        "publishes, moves or restores what is there",
    ),
}
BACKSTAGE_VERBS = (
    *("_delete", "_remove", "_revoke", "_publish", "_state", "_choose", "_check", "_stop", "_again", "_unlock"),
    *("_role", "_second_step", "_describe", "_put_back"),
)


@pytest.mark.parametrize("urlconf", [PORTAL, PLATFORM])
def test_each_address_that_takes_a_form_makes_once_or_makes_nothing(urlconf: str) -> None:
    _visitors, rows = table(urlconf)
    open_ones = []
    for name, address in addresses(urlconf).items():
        takes_forms = any(cell.endswith("w") for cell in rows[name.replace(" ", "")])
        if not takes_forms or name.startswith("admin") or name in MAKES_NOTHING or name.endswith(BACKSTAGE_VERBS):
            continue
        if not getattr(address.pattern.callback, "makes_once", False):
            open_ones.append(name)

    assert open_ones == []


@pytest.mark.parametrize("urlconf", [PORTAL, PLATFORM])
def test_the_admin_guards_its_views_by_their_names(urlconf: str) -> None:
    site = tenant_site if urlconf == PORTAL else platform_site

    for method in ("add_view", "change_view"):
        for model_admin in site._registry.values():
            assert ONCE[getattr(model_admin, method).__name__]
