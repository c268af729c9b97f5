"""A portal's former host leads on, and loses nothing that is sent to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from bandstand.accounts.models import User
from bandstand.domains.claiming import primary_choose
from bandstand.gigs.models import Gig
from bandstand.mail.unsubscribing import unsubscribe_url_for, wanted
from bandstand.organizations.models import Organization
from bandstand.portals.changing_address import portal_address_change
from tests.conftest import Portal
from tests.factories.domains import LiveDomainFactory

FORMER = "alice.bandstand.localhost"
PRESENT = "http://alices-bands.bandstand.localhost:8000"


@pytest.fixture
def change(alice_portal: Portal, django_capture_on_commit_callbacks: Any) -> Callable[[str], Organization]:
    """Give Alice's portal another address, as a request does that commits."""

    def do(slug: str) -> Organization:
        owner = User.objects.get(email=alice_portal.owner_email)
        with django_capture_on_commit_callbacks(execute=True):
            return portal_address_change(organization=alice_portal.organization, slug=slug, by=owner)

    return do


@pytest.fixture
def moved(change: Callable[[str], Organization]) -> Organization:
    """Alice's portal, which had another address a moment ago."""
    Client(HTTP_HOST=FORMER).get("/bands/")  # every cache knows it there
    return change("alices-bands")


@pytest.fixture
def old_poster(moved: Organization) -> Client:
    return Client(HTTP_HOST=FORMER)


@pytest.mark.parametrize(
    "path", ["/", "/bands/?genre=doom&x=%26", "/gigs/a-gig.ics", "/sitemap.xml", "/backstage/", "/nowhere"]
)
def test_it_leads_on_in_one_hop(old_poster: Client, path: str) -> None:
    for answer in (old_poster.get(path), old_poster.head(path)):
        assert answer.status_code == 301
        assert answer["Location"] == PRESENT + path
        assert answer["Cache-Control"] == "max-age=86400"
        assert not answer.cookies


def test_its_former_hosts_lead_to_a_main_domain_in_one_hop(moved: Organization, old_poster: Client) -> None:
    domain = LiveDomainFactory(organization=moved, name="www.theband.com")
    primary_choose(organization=moved, domain=domain)

    assert old_poster.get("/bands/")["Location"] == "http://www.theband.com:8000/bands/"
    assert old_poster.get("/accounts/login/")["Location"] == f"{PRESENT}/accounts/login/"


def test_every_page_names_the_new_host_at_once(moved: Organization) -> None:
    page = Client(HTTP_HOST=moved.host).get("/bands/")

    assert page.status_code == 200
    assert f'href="{PRESENT}/bands/"' in page.content.decode()
    assert FORMER not in page.content.decode()
    assert FORMER not in Client(HTTP_HOST=moved.host).get("/sitemap.xml").content.decode()


def test_there_and_back_again(moved: Organization, old_poster: Client, change: Callable[[str], Organization]) -> None:
    change("alice")

    assert old_poster.get("/bands/").status_code == 200
    assert (
        Client(HTTP_HOST="alices-bands.bandstand.localhost").get("/bands/?x=1")["Location"]
        == f"http://{FORMER}:8000/bands/?x=1"
    )


def send(client: Client, path: str, sent: dict[str, str], *, origin: str = f"http://{FORMER}:8000") -> HttpResponse:
    """Send a form as a browser does from the page of a band at `origin`."""
    answer: HttpResponse = client.post(
        path,
        urlencode(sent),
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": origin, "Referer": f"{origin}/bands/x/"},
    )
    return answer


def test_what_was_written_into_an_open_form_can_be_copied(old_poster: Client) -> None:
    sent = {
        "message": "Do you play\nweddings? <b>",
        "email": "fan@example.org",
        "csrfmiddlewaretoken": "token-of-the-form",
        "password": "seven-strings",
    }

    answer = send(old_poster, "/bands/x/contact/", sent)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Do you play\nweddings? &lt;b&gt;" in page
    assert "fan@example.org" in page
    assert "token-of-the-form" not in page
    assert "seven-strings" not in page
    assert f'href="{PRESENT}/bands/x/"' in page
    assert answer["Cache-Control"] == "no-store"


def test_a_form_with_files_is_repeated_without_them(old_poster: Client) -> None:
    answer = old_poster.post(
        "/backstage/settings/",
        {"introduction": "We are four.", "logo": BytesIO(b"bytes of a picture")},
        headers={"Origin": f"http://{FORMER}:8000", "Referer": f"http://{FORMER}:8000/backstage/settings/"},
    )

    assert answer.status_code == 409
    assert "We are four." in answer.content.decode()
    assert "bytes of a picture" not in answer.content.decode()
    assert f'href="{PRESENT}/backstage/settings/"' in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"a=%ff%fe", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"&".join(b"a=bc" for _field in range(20_000)), "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
def test_an_unreadable_form_is_refused_without_its_words(old_poster: Client, body: bytes, kind: str) -> None:
    answer = old_poster.post("/", body, content_type=kind, headers={"Origin": f"http://{FORMER}:8000"})

    assert answer.status_code == 409
    assert "<pre>" not in answer.content.decode()


@pytest.mark.parametrize("sent", ["http://[", "http://[::1", "//", "null", "http://alice.bandstand.localhost:99999999"])
def test_headers_that_no_browser_sends_do_no_harm(old_poster: Client, sent: str) -> None:
    headers = {"Origin": sent, "Referer": sent, "HX-Request": "true"}

    assert old_poster.post("/", {"a": "bc"}, headers=headers).status_code == 409
    assert old_poster.get("/", headers=headers)["HX-Redirect"].startswith(f"{PRESENT}")


def test_it_repeats_no_words_of_another_site(old_poster: Client) -> None:
    answer = send(old_poster, "/", {"message": "Call this number"}, origin="https://evil.example")

    assert answer.status_code == 409
    assert "Call this number" not in answer.content.decode()
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_whatever_would_write_is_refused_with_a_page(old_poster: Client, method: str) -> None:
    answer = getattr(old_poster, method)("/language/", b"\xff" * 100, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 409
    assert "has a new address" in answer.content.decode()
    assert f'href="{PRESENT}/"' in answer.content.decode()


def test_too_large_a_form_is_refused_all_the_same(old_poster: Client) -> None:
    assert send(old_poster, "/", {"message": "x" * 3_000_000}).status_code == 409


def test_email_programs_unsubscribe_without_a_redirect(moved: Organization, old_poster: Client) -> None:
    with tenant_context(moved):
        path = urlsplit(unsubscribe_url_for("fan@example.org")).path

    answer = old_poster.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    with tenant_context(moved):
        assert not wanted(["fan@example.org"], bulk=True)


def test_a_page_that_is_open_moves_as_a_whole(old_poster: Client) -> None:
    answer = old_poster.get(
        "/bands/?q=x", headers={"HX-Request": "true", "Referer": f"http://{FORMER}:8000/bands/?genre=doom"}
    )

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{PRESENT}/bands/?genre=doom"


def test_parts_of_pages_that_are_open_stay(old_poster: Client) -> None:
    assert old_poster.get("/theme.css").status_code == 200


def test_passkeys_of_the_former_host_may_be_used_at_the_present_one(moved: Organization, old_poster: Client) -> None:
    domain = LiveDomainFactory(organization=moved, name="www.theband.com")
    primary_choose(organization=moved, domain=domain)

    answer = old_poster.get("/.well-known/webauthn")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"origins": [PRESENT]}


def test_no_other_host_names_anything(moved: Organization, charlie_portal: Portal) -> None:
    LiveDomainFactory(organization=moved, name="www.theband.com")
    for host in (moved.host, charlie_portal.host, "bandstand.localhost", "nobody.bandstand.localhost"):
        assert Client(HTTP_HOST=host).get("/.well-known/webauthn").status_code == 404
    assert Client(HTTP_HOST="www.theband.com").get("/.well-known/webauthn").status_code == 301


def test_it_costs_no_query_when_warm(old_poster: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    old_poster.get("/")

    with django_assert_num_queries(0):
        old_poster.get("/")


def test_calendars_know_a_gig_by_what_never_changes(
    alice_portal: Portal, change: Callable[[str], Organization]
) -> None:
    with tenant_context(alice_portal.organization):
        gig = Gig.objects.create(
            title="Harvest", slug="harvest", starts_at=timezone.now() + timedelta(days=9), is_published=True
        )
    before = Client(HTTP_HOST=FORMER).get("/gigs/harvest.ics").content.decode()

    change("alices-bands")

    after = Client(HTTP_HOST="alices-bands.bandstand.localhost").get("/gigs/harvest.ics").content.decode()
    assert f"UID:{gig.uid}\r\n" in before
    assert f"UID:{gig.uid}\r\n" in after
    assert f"URL:{PRESENT}/gigs/harvest/" in after
