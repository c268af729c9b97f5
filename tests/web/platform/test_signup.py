"""A stranger signs up: a form, a code by mail, and a portal with its owner. Nothing exists before the code."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.portals.job_kinds import MAKE_ICONS
from bandstand.tenancy.signup import signup_complete
from bandstand_web.platform import pending as pending_module
from tests.conftest import Portal
from tests.mailbox import code_in, link_in, newest_mail_to
from tests.web.platform.signup_form import EMAIL, PASSWORD, filled_in


def _sign_up(client: Client, **changes: str) -> str:
    """Send the form and return the code that was mailed."""
    answer = client.post("/signup/", filled_in(**changes))
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"] == "/signup/verify/"
    return code_in(newest_mail_to(changes.get("email", EMAIL).lower()))


def _state() -> tuple[int, int]:
    return User.objects.count(), Organization.objects.count()


@pytest.mark.django_db
def test_the_code_opens_the_portal_with_its_owner(platform_client: Client) -> None:
    code = _sign_up(platform_client)

    answer = platform_client.post("/signup/verify/", {"code": code})

    organization = Organization.objects.get(slug="dora")
    assert answer.headers["Location"] == "http://dora.bandstand.localhost:8000/accounts/hand-over/"
    assert (organization.name, organization.language, organization.time_zone) == ("Dora's Drums", "de", "Europe/Vienna")
    owner = organization.owners.get()
    assert owner.email == EMAIL
    with tenant_context(organization):
        account = User.objects.get()
        assert (account.email, roles.role_of(account)) == (EMAIL, roles.OWNER)
        assert not account.has_usable_password(), "owners log in at the platform"
    assert owner.check_password(PASSWORD)
    assert Job.objects.filter(organization=organization, kind=MAKE_ICONS.name).exists()


@pytest.mark.django_db
def test_a_welcome_mail_leads_back_to_the_portal_and_to_its_first_steps(platform_client: Client) -> None:
    code = _sign_up(platform_client)

    platform_client.post("/signup/verify/", {"code": code})

    mail = newest_mail_to(EMAIL)
    organization = Organization.objects.get(slug="dora")
    assert mail.subject == "Dora's Drums ist online"
    links = re.findall(r"http://dora\S+", mail.text)
    assert [urlsplit(link).path for link in links] == [
        "/",
        "/backstage/bands/add/",
        "/backstage/gigs/add/",
        "/backstage/team/",
        "/backstage/",
    ]
    for link in links:
        assert f'href="{link}"' in mail.html
        assert Client(HTTP_HOST=organization.host).get(urlsplit(link).path).status_code in {200, 302}
    assert "bandstand.localhost" in mail.text


@pytest.mark.django_db
def test_the_owner_lands_in_the_backstage_logged_in(platform_client: Client) -> None:
    code = _sign_up(platform_client)
    to_portal = platform_client.post("/signup/verify/", {"code": code}).headers["Location"]

    portal = Client(HTTP_HOST="dora.bandstand.localhost")
    to_platform = portal.get(urlsplit(to_portal).path).headers["Location"]
    back = platform_client.get(_path(to_platform)).headers["Location"]
    landed = portal.get(_path(back))

    assert landed.headers["Location"] == "/backstage/"
    assert portal.get("/accounts/profile/").context["user"].email == EMAIL


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@pytest.mark.django_db
def test_nothing_exists_before_the_code(platform_client: Client) -> None:
    before = _state()

    _sign_up(platform_client)

    assert _state() == before


@pytest.mark.django_db
def test_the_session_holds_neither_password_nor_code(platform_client: Client) -> None:
    code = _sign_up(platform_client)

    kept = str(Session.objects.get().get_decoded())

    assert PASSWORD not in kept
    assert code not in kept
    assert code.replace("-", "").lower() not in kept.lower()
    assert "argon2" in kept


@pytest.mark.django_db
def test_the_code_may_be_typed_as_people_type(platform_client: Client) -> None:
    code = _sign_up(platform_client)

    platform_client.post("/signup/verify/", {"code": f" {code.lower().replace('-', ' ')} "})

    assert Organization.objects.filter(slug="dora").exists()


@pytest.mark.django_db
def test_five_wrong_codes_end_the_sign_up(platform_client: Client) -> None:
    code = _sign_up(platform_client)
    before = _state()

    answers = [platform_client.post("/signup/verify/", {"code": "XXXX-XXXX"}) for _try in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 302]
    assert platform_client.post("/signup/verify/", {"code": code}).headers["Location"] == "/signup/"
    assert _state() == before


@pytest.mark.django_db
def test_the_code_ends_after_a_quarter_of_an_hour(platform_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = _sign_up(platform_client)
    now = time.time()
    monkeypatch.setattr(pending_module.time, "time", lambda: now + 15 * 60 + 1)

    answer = platform_client.post("/signup/verify/", {"code": code})

    assert answer.headers["Location"] == "/signup/"
    assert not Organization.objects.filter(slug="dora").exists()


@pytest.mark.django_db
def test_a_code_is_worthless_in_another_browser(platform_client: Client) -> None:
    code = _sign_up(platform_client)

    Client(HTTP_HOST="bandstand.localhost").post("/signup/verify/", {"code": code})

    assert not Organization.objects.filter(slug="dora").exists()


@pytest.mark.django_db
def test_another_code_replaces_the_first(platform_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _sign_up(platform_client)

    platform_client.post("/signup/verify/resend/")
    second = code_in(newest_mail_to(EMAIL))
    platform_client.post("/signup/verify/", {"code": first})
    assert not Organization.objects.filter(slug="dora").exists()
    platform_client.post("/signup/verify/", {"code": second})

    assert first != second
    assert Organization.objects.filter(slug="dora").exists()


@pytest.mark.django_db
def test_mails_with_codes_keep_a_distance(platform_client: Client) -> None:
    _sign_up(platform_client)
    platform_client.post("/signup/verify/resend/")
    second = newest_mail_to(EMAIL)

    answer = platform_client.post("/signup/verify/resend/", follow=True)

    assert newest_mail_to(EMAIL) == second
    assert "wait a minute" in answer.content.decode()


@pytest.mark.django_db
def test_an_address_with_an_account_gets_the_same_answers_and_another_mail(
    platform_client: Client, alice_portal: Portal
) -> None:
    stranger, before = Client(HTTP_HOST="bandstand.localhost"), _state()

    answers = [client.post("/signup/", filled_in(email=email)) for client, email in _two(platform_client, stranger)]
    pages = [client.get("/signup/verify/").content.decode() for client, _email in _two(platform_client, stranger)]

    assert [answer.headers["Location"] for answer in answers] == ["/signup/verify/", "/signup/verify/"]
    assert _faceless(pages[0], "alice@example.org") == _faceless(pages[1], EMAIL)
    assert link_in(newest_mail_to("alice@example.org")).endswith("/accounts/login/?next=/organizations/new/")
    wrong = [
        client.post("/signup/verify/", {"code": "XXXX-XXXX"}).status_code for client in (platform_client, stranger)
    ]
    assert wrong == [200, 200]
    assert _state() == before


def _two(with_account: Client, stranger: Client) -> list[tuple[Client, str]]:
    return [(with_account, "Alice@Example.org"), (stranger, EMAIL)]


def _faceless(page: str, email: str) -> list[str]:
    return [line for line in page.replace(email, "").splitlines() if "csrfmiddlewaretoken" not in line]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "alice"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "xn--rock"}, "slug"),
        ({"slug": "a"}, "slug"),
        ({"password": "short"}, "password"),
        ({"password": "dora@example.org"}, "password"),
        ({"email": "not an address"}, "email"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "xx"}, "language"),
        ({"name": ""}, "name"),
    ],
)
def test_it_says_what_is_wrong_beside_the_field(
    platform_client: Client, alice_portal: Portal, changes: dict[str, str], field: str
) -> None:
    answer = platform_client.post("/signup/", filled_in(**changes))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.django_db
def test_a_lost_race_for_the_address_costs_only_the_address(platform_client: Client) -> None:
    code = _sign_up(platform_client)
    signup_complete(
        email="faster@example.org", password_hash="!", name="Faster", slug="dora", language="en", time_zone="UTC"
    )

    lost = platform_client.post("/signup/verify/", {"code": code}, follow=True)
    assert "Someone was faster" in lost.content.decode()
    assert lost.redirect_chain[-1][0] == "/signup/another-address/"
    assert not User.objects.filter(email=EMAIL).exists()
    won = platform_client.post("/signup/another-address/", {"slug": "dora-drums"})

    assert won.headers["Location"].startswith("http://dora-drums.bandstand.localhost")
    assert Organization.objects.get(slug="dora-drums").name == "Dora's Drums"


@pytest.mark.django_db
def test_nobody_chooses_an_address_without_a_proven_code(platform_client: Client) -> None:
    _sign_up(platform_client)

    answer = platform_client.post("/signup/another-address/", {"slug": "dora-drums"})

    assert answer.headers["Location"] == "/signup/"
    assert not Organization.objects.filter(slug="dora-drums").exists()


@pytest.mark.django_db
def test_an_account_that_came_meanwhile_is_not_touched(platform_client: Client) -> None:
    code = _sign_up(platform_client)
    other = User.objects.create_user(EMAIL, "the-password-of-before")

    answer = platform_client.post("/signup/verify/", {"code": code})

    assert answer.headers["Location"] == "/accounts/login/"
    other.refresh_from_db()
    assert other.check_password("the-password-of-before")
    assert not Organization.objects.filter(slug="dora").exists()


@pytest.mark.django_db
def test_a_lot_of_sign_ups_are_slowed_down_with_a_sentence(platform_client: Client) -> None:
    answers = [platform_client.post("/signup/", filled_in()) for _try in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert "wait a few minutes" in answers[-1].content.decode()
    assert answers[-1].context["form"]["name"].value() == "Dora's Drums"


@pytest.mark.django_db
def test_whoever_is_logged_in_gets_the_shortfilled_in(platform_client: Client, alice_portal: Portal) -> None:
    platform_client.force_login(
        User.objects.get(email="alice@example.org"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    assert platform_client.get("/signup/").headers["Location"] == "/organizations/new/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({"name": "Motörhead", "slug": "", "suggested": ""}, ['value="motorhead"', "is free"]),
        ({"name": "Motörheads", "slug": "motorhead", "suggested": "motorhead"}, ['value="motorheads"', "is free"]),
        ({"name": "Other", "slug": "mine", "suggested": "motorhead"}, ['value="mine"', "is free"]),
        ({"slug": "alice"}, ["is taken"]),
        ({"slug": "ALICE"}, ["is taken"]),
        ({"slug": "free-one"}, ["free-one.bandstand.localhost is free"]),
        ({"slug": "www"}, ["reserved"]),
    ],
)
def test_the_address_answers_while_it_is_typed(
    platform_client: Client,
    alice_portal: Portal,
    query: dict[str, str],
    texts: list[str],
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
        page = platform_client.get("/signup/address/", query).content.decode()

    for text in texts:
        assert text in page


@pytest.mark.django_db
def test_the_mail_with_the_code_repeats_nothing_that_was_typed(platform_client: Client) -> None:
    platform_client.post("/signup/", filled_in(name="You have won", slug="lottery", email="victim@example.org"))

    mail = newest_mail_to("victim@example.org")

    whole = mail.text + mail.html + mail.subject + mail.sender
    assert code_in(mail)
    assert "You have won" not in whole
    assert "lottery" not in whole
    assert code_in(mail) not in mail.subject


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["https://evil.example", "Win at evil.com", "Two\nlines", "x" * 81])
def test_an_organizations_name_is_a_name(platform_client: Client, name: str) -> None:
    answer = platform_client.post("/signup/", filled_in(name=name, slug="evil", email="victim@example.org"))

    assert answer.context["form"].errors.keys() == {"name"}
    assert not OutgoingMessage.objects.filter(recipients=["victim@example.org"]).exists()
