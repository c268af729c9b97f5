"""Log-in, log-out, a forgotten password, a new address: at a portal, in its own schema."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from tests.conftest import PASSWORD, Portal
from tests.mailbox import code_in, link_in, newest_mail_to

MINA = "manager@alice.bandstand.localhost"


@pytest.fixture(autouse=True)
def _somebody(request: pytest.FixtureRequest) -> None:
    """Have somebody on Alice's team who logs in at the portal; owners do at the platform."""
    if "alice_portal" in request.fixturenames:
        request.getfixturevalue("alice_portal").user(roles.MANAGER)


def _log_in(client: Client, email: str = MINA, password: str = PASSWORD, **extra: str) -> str:
    answer = client.post("/accounts/login/", {"login": email, "password": password, **extra})
    return str(answer.headers.get("Location", answer.status_code))


def test_a_member_of_the_team_lands_in_the_backstage(alice_portal: Portal) -> None:
    assert _log_in(alice_portal.client()) == "/backstage/"


def test_somebody_without_a_role_lands_on_the_front_page(alice_portal: Portal) -> None:
    fan = alice_portal.user(roles.MEMBER)
    with tenant_context(alice_portal.organization):
        fan.groups.clear()

    assert _log_in(alice_portal.client(), fan.email) == "/"


def test_the_address_may_be_typed_in_capitals(alice_portal: Portal) -> None:
    assert _log_in(alice_portal.client(), MINA.title()) == "/backstage/"


def test_a_wrong_password_says_nothing_about_the_account(alice_portal: Portal) -> None:
    client = alice_portal.client()
    known = client.post("/accounts/login/", {"login": MINA, "password": "wrong-password"})
    unknown = client.post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong-password"})

    assert known.context["form"].errors == unknown.context["form"].errors
    assert known.status_code == unknown.status_code == 200


def test_it_leads_on_to_the_page_that_was_asked_for_but_never_elsewhere(alice_portal: Portal) -> None:
    assert _log_in(alice_portal.client(), next="/backstage/team/") == "/backstage/team/"
    assert _log_in(alice_portal.client(), next="https://evil.example/") == "/backstage/"
    assert _log_in(alice_portal.client(), next="//charlie.bandstand.localhost:8000/") == "/backstage/"


def test_it_logs_out_by_post_alone(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.MANAGER)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/accounts/profile/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize("path", ["signup/", "login/code/", "login/code/confirm/", "2fa/", "confirm-email/"])
def test_pages_of_allauth_that_are_not_used_are_not_there(alice_portal: Portal, path: str) -> None:
    assert alice_portal.client().get(f"/accounts/{path}").status_code == 404


def test_guessing_is_locked_out_with_a_page(alice_portal: Portal) -> None:
    client = alice_portal.client()

    answers = [client.post("/accounts/login/", {"login": MINA, "password": f"guess-{n}"}) for n in range(8)]

    assert [answer.status_code for answer in answers[:7]] == [200] * 7
    assert answers[7].status_code == 429
    assert answers[7].headers["Retry-After"] == "900"
    assert "try again in 15 minutes" in answers[7].content.decode()
    assert _log_in(client) == "429"
    assert _log_in(client, alice_portal.user(roles.EDITOR).email) == "/backstage/", "others aren't locked out"


def test_a_lock_out_ends_at_the_portal(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        User.objects.create_user(MINA, PASSWORD).emailaddress_set.create(email=MINA, verified=True, primary=True)
    client = alice_portal.client()
    for number in range(8):
        client.post("/accounts/login/", {"login": MINA, "password": f"guess-{number}"})

    assert _log_in(charlie_portal.client()) == "/"


def test_many_log_ins_from_one_address_are_slowed_down(alice_portal: Portal) -> None:
    client = alice_portal.client()
    for number in range(30):
        client.post("/accounts/login/", {"login": f"n{number}@example.org"})

    answer = client.post("/accounts/login/", {"login": MINA, "password": PASSWORD})

    assert answer.status_code == 429
    assert "try again" in answer.content.decode()


def test_a_forgotten_password_is_replaced_by_a_link(alice_portal: Portal) -> None:
    client = alice_portal.client()
    client.post("/accounts/password/reset/", {"email": MINA})
    with tenant_context(alice_portal.organization):
        link = urlsplit(link_in(newest_mail_to(MINA)))
    assert link.netloc == "alice.bandstand.localhost:8000"

    form = client.get(link.path).headers["Location"]
    done = client.post(form, {"password1": "eight-days-a-week"}, follow=True)

    assert "Your new password is saved" in done.content.decode()
    assert _log_in(client, password="eight-days-a-week") == "/backstage/"
    assert _log_in(alice_portal.client()) == "200"


def test_a_reset_link_works_once(alice_portal: Portal) -> None:
    client = alice_portal.client()
    client.post("/accounts/password/reset/", {"email": MINA})
    with tenant_context(alice_portal.organization):
        path = urlsplit(link_in(newest_mail_to(MINA))).path
    client.post(client.get(path).headers["Location"], {"password1": "eight-days-a-week"})

    assert "This link has expired" in alice_portal.client().get(path).content.decode()


def test_a_reset_for_nobody_answers_the_same_and_mails_nobody(alice_portal: Portal) -> None:
    answer = alice_portal.client().post("/accounts/password/reset/", {"email": "nobody@example.org"})

    assert answer.headers["Location"] == "/accounts/password/reset/sent/"
    with tenant_context(alice_portal.organization), pytest.raises(AssertionError, match="no mail"):
        newest_mail_to("nobody@example.org")


def test_the_link_names_the_portals_own_host_whatever_the_port_of_the_request(alice_portal: Portal) -> None:
    client = Client(HTTP_HOST="ALICE.bandstand.localhost:666")
    client.post("/accounts/password/reset/", {"email": MINA})

    with tenant_context(alice_portal.organization):
        assert link_in(newest_mail_to(MINA)).startswith("http://alice.bandstand.localhost:8000/accounts/")


def test_a_new_password_ends_other_sessions_and_is_told_by_mail(alice_portal: Portal) -> None:
    here, elsewhere = alice_portal.client_of(roles.MANAGER), alice_portal.client_of(roles.MANAGER)
    former = here.cookies["sessionid"].value

    here.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": "eight-days-a-week"})

    assert here.cookies["sessionid"].value != former
    stolen = alice_portal.client()
    stolen.cookies["sessionid"] = former
    assert stolen.get("/accounts/profile/").status_code == 302
    assert here.get("/accounts/profile/").status_code == 200
    assert elsewhere.get("/accounts/profile/").status_code == 302
    with tenant_context(alice_portal.organization):
        assert "password" in newest_mail_to(MINA).subject.lower()


def test_a_guessable_password_is_refused(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.MANAGER)

    answer = client.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": "password12"})

    assert list(answer.context["form"].errors) == ["password1"]


@pytest.mark.parametrize(
    "guess",
    [
        "password12",
        "Charlie1234567",
        "!!monkey!!2026",
        "dragon-dragon-dragon",
        "Bandstand2026",
        "alice agency!",
        "1234567890",
    ],
)
def test_what_is_guessed_first_is_refused(in_alice_portal: Portal, guess: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(guess)


@pytest.mark.parametrize(
    "password", ["eight-days-a-week", "the bandstand in the park", "Ω-ñandú-ключ-7", "x" * 3 + "-yellow-submarine"]
)
def test_a_sentence_is_taken_as_it_is(in_alice_portal: Portal, password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "der hafen klingt nachts",
        "klang der agentur im regen",
        "nachts singt die lange agenda",
        "regen, tage und hafenluft",
    ],
)
def test_a_password_may_share_letters_and_words_with_the_portals_name(in_alice_portal: Portal, password: str) -> None:
    with _named("Hafenklang Agentur", "hafenklang"):
        validate_password(password, User(email="mia@example.org", name="Mia Nachtigall"))


@pytest.mark.parametrize(
    "guess",
    [
        "Hafenklang Agentur und mehr",
        "wir mögen HÄFEN-klang.agentur sehr",
        "das ist der Hafenklang von nebenan",
        "agentur-2027-agentur",
        "mia-nachtigall singt am morgen",
        "example.2027!",
    ],
)
def test_a_password_that_contains_a_name_is_refused(in_alice_portal: Portal, guess: str) -> None:
    with _named("Hafenklang Agentur", "hafenklang"), pytest.raises(ValidationError, match="easy to guess"):
        validate_password(guess, User(email="mia@example.org", name="Mia Nachtigall"))


def test_umlauts_are_one_letter_or_two(in_alice_portal: Portal) -> None:
    for guess in ("größte Sünde im Küstenwind", "groesste suende im kuestenwind", "grosste sunde im kustenwind"):
        with _named("Küstenwind", "wind"), pytest.raises(ValidationError, match="easy to guess"):
            validate_password(guess)


@contextmanager
def _named(name: str, slug: str) -> Iterator[None]:
    """Enter Alice's portal as if it had these names."""
    with tenant_context(Organization(name=name, slug=slug, schema_name=connection.schema_name)):
        yield


def test_operators_are_held_to_the_same_passwords(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["password12", "password12", "eight-days-a-week", "eight-days-a-week"])
    monkeypatch.setattr("getpass.getpass", lambda *_prompt: next(typed))
    monkeypatch.setattr("builtins.input", lambda *_prompt: "n")  # Bypass password validation and create user anyway?
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    call_command("createsuperuser", email="root@example.org", interactive=True, stdin=None)

    assert User.objects.get(email="root@example.org").check_password("eight-days-a-week")


def test_it_saves_the_name(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.MANAGER)

    client.post("/accounts/profile/", {"name": "Alice Cooper"})

    assert str(alice_portal.user(roles.MANAGER)) == "Alice Cooper"


def _ask_for_address(client: Client, email: str) -> str:
    """Ask for a new address, confirm with the password, and return where that leads."""
    asked = client.post("/accounts/email/", {"email": email, "action_add": "1"}).headers["Location"]
    assert asked.startswith("/accounts/confirm/")
    assert "Enter your password again" in client.get(asked).content.decode()
    return str(client.post(asked, {"password": PASSWORD}).headers["Location"])


def test_a_new_address_counts_after_password_and_code(alice_portal: Portal) -> None:
    client = alice_portal.client()
    _log_in(client)

    assert _ask_for_address(client, "New@example.org") == "/accounts/email/code/"
    assert alice_portal.user(roles.MANAGER).email == MINA
    with tenant_context(alice_portal.organization):
        code = code_in(newest_mail_to("new@example.org"))
    done = client.post("/accounts/email/code/", {"code": code})

    assert done.headers["Location"] == "/accounts/profile/"
    with tenant_context(alice_portal.organization):
        assert User.objects.filter(email="new@example.org").exists()
        assert newest_mail_to(MINA), "the former address is told"
    assert _log_in(alice_portal.client(), "new@example.org") == "/backstage/"


def test_another_code_for_the_address_may_be_asked_for(alice_portal: Portal) -> None:
    client = alice_portal.client()
    _log_in(client)
    _ask_for_address(client, "new@example.org")

    page = client.get("/accounts/email/code/").content.decode()

    assert "new@example.org" in page
    assert "Send another code" in page


def test_an_address_of_somebody_else_is_neither_taken_nor_given_away(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.EDITOR)
    client = alice_portal.client()
    _log_in(client)

    where = _ask_for_address(client, bob.email)
    with tenant_context(alice_portal.organization):
        code = code_in(newest_mail_to(bob.email))
    client.post("/accounts/email/code/", {"code": code})

    assert where == "/accounts/email/code/", "the same answer as for a free address"
    assert alice_portal.user(roles.MANAGER).email == MINA
    with tenant_context(alice_portal.organization):
        assert User.objects.get(pk=bob.pk).email == bob.email


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "logout/",
        "inactive/",
        "profile/",
        "email/",
        "confirm/",
        "password/",
        "password/reset/",
        "password/reset/sent/",
        "password/reset/x-y/",
        "password/reset/done/",
    ],
)
@pytest.mark.parametrize("where", ["portal", "platform"])
def test_every_page_is_ours(alice_portal: Portal, platform_client: Client, where: str, path: str) -> None:
    client = alice_portal.client_of(roles.MANAGER) if where == "portal" else platform_client
    if where == "platform":
        owner = User.objects.get(email="alice@example.org")
        client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.get(f"/accounts/{path}")

    if answer.status_code == 200:
        assert "base/entrance.html" in {template.name for template in answer.templates}
        assert "style=" not in answer.content.decode()
    else:
        assert answer.status_code == 302
