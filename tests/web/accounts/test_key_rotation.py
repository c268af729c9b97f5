"""SECRET_KEY is replaced while people are in the middle of things: nobody notices."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import BaseCommand, CommandError, call_command
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.encryption.keys import LostKeyError
from bandstand.imports.models import SpreadsheetImport
from bandstand.mail.models import SuppressedAddress, UnsubscribeLink
from bandstand.organizations import secret_rotation
from bandstand.teams.invitations import invitation_create
from tests.authenticator_app import code_for
from tests.conftest import PASSWORD, Portal
from tests.factories.polls import QuestionFactory
from tests.mailbox import code_in, link_in, newest_mail_to
from tests.web.accounts.test_second_factors import FACTOR, enrol, is_in, log_in
from tests.web.platform.signup_form import filled_in

ALICE = "alice@example.org"
Turn = Callable[[], None]


@pytest.fixture
def rotate(settings: Settings) -> Turn:
    """Replace the key; the former one stays as a fallback."""

    def turn() -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a new key of fifty characters and more for a while" * 2

    return turn


@pytest.fixture
def forget(settings: Settings) -> Turn:
    """Drop the former key, as the runbook says after fourteen days."""

    def drop() -> None:
        settings.SECRET_KEY_FALLBACKS = []

    return drop


def path_in(portal: Portal, address: str) -> str:
    with tenant_context(portal.organization):
        return urlsplit(link_in(newest_mail_to(address))).path


def test_a_log_in_goes_on_and_outlives_the_former_key(alice_portal: Portal, rotate: Turn, forget: Turn) -> None:
    browser, _answer = log_in(alice_portal)

    rotate()
    assert is_in(browser)
    forget()

    assert is_in(browser)


def test_a_log_in_keeps_its_age_and_its_place_on_the_list(alice_portal: Portal, rotate: Turn) -> None:
    browser, _answer = log_in(alice_portal)
    other, _answer = log_in(alice_portal)
    with tenant_context(alice_portal.organization):
        held = browser.session
        held["_began"] -= 3600
        held.save()

    rotate()
    assert is_in(browser)
    with tenant_context(alice_portal.organization):
        assert browser.session.session_key != held.session_key
        assert browser.session["_began"] == held["_began"]
    other.post("/accounts/confirm/", {"password": PASSWORD})
    other.post("/accounts/sessions/")

    assert not is_in(browser)


def test_without_a_fallback_everybody_logs_in_again(alice_portal: Portal, rotate: Turn, forget: Turn) -> None:
    browser, _answer = log_in(alice_portal)

    rotate()
    forget()

    assert not is_in(browser)


def test_a_link_for_a_new_password_still_works(alice_portal: Portal, rotate: Turn) -> None:
    email = alice_portal.user(roles.MANAGER).email
    browser = alice_portal.client()
    browser.post("/accounts/password/reset/", {"email": email})

    rotate()
    form = browser.get(path_in(alice_portal, email)).headers["Location"]
    browser.post(form, {"password1": "eight-days-a-week"})

    answer = browser.post("/accounts/login/", {"login": email, "password": "eight-days-a-week"})
    assert answer.status_code == 302
    assert is_in(browser)


def test_an_invitation_is_still_accepted(alice_portal: Portal, rotate: Turn, forget: Turn) -> None:
    with tenant_context(alice_portal.organization):
        invitation_create(
            email="new@example.org",
            role=roles.EDITOR,
            invited_by=alice_portal.user(),
            address=lambda token: f"https://alice.example/accounts/join/{token}/",
        )
    path = path_in(alice_portal, "new@example.org")

    rotate()
    forget()  # nothing in it is signed
    browser = alice_portal.client()
    browser.post(path, {"name": "New", "password": "eight-days-a-week"})

    assert is_in(browser)


def test_a_second_factor_still_counts(alice_portal: Portal, rotate: Turn) -> None:
    secret = enrol(alice_portal)

    rotate()
    browser, _answer = log_in(alice_portal)
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assert is_in(browser)


def test_a_half_finished_log_in_goes_on(alice_portal: Portal, rotate: Turn) -> None:
    secret = enrol(alice_portal)
    browser, _answer = log_in(alice_portal)

    rotate()
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})

    assert is_in(browser)


def test_a_mailed_code_still_proves_the_address(db: None, platform_client: Client, rotate: Turn) -> None:
    form = filled_in(slug="nadjas-nine", email="nadja@example.org")
    assert platform_client.post("/signup/", form).status_code == 302
    code = code_in(newest_mail_to("nadja@example.org"))

    rotate()
    answer = platform_client.post("/signup/verify/", {"code": code})

    assert answer.status_code == 302


def test_a_browser_votes_once(alice_portal: Portal, rotate: Turn) -> None:
    with tenant_context(alice_portal.organization):
        question = QuestionFactory()
        choice = question.choices.first()
    browser = alice_portal.client()
    browser.get(f"/polls/{question.pk}/")
    browser.post(f"/polls/{question.pk}/", {"choice": choice.pk})

    rotate()
    answer = browser.post(f"/polls/{question.pk}/", {"choice": choice.pk}, follow=True)

    assert "You&#x27;ve already voted" in answer.content.decode()


def test_a_link_to_unsubscribe_needs_no_key(alice_portal: Portal, rotate: Turn, forget: Turn) -> None:
    with tenant_context(alice_portal.organization):
        token = UnsubscribeLink.objects.create(email="fan@example.org").token

    rotate()
    forget()
    alice_portal.client().post(f"/mail/unsubscribe/{token}/")

    with tenant_context(alice_portal.organization):
        assert SuppressedAddress.objects.filter(email="fan@example.org").exists()


def waiting_link(portal: Portal) -> SpreadsheetImport:
    with tenant_context(portal.organization):
        return SpreadsheetImport.objects.create(
            subject="bands", file_name="x", link="https://example.org/?key=between-us"
        )


def rotated(*options: str) -> str:
    said = StringIO()
    call_command("rotate_secrets", *options, stdout=said, stderr=said)
    return said.getvalue()


def test_secrets_are_written_again_and_the_former_key_may_go(
    alice_portal: Portal, charlie_portal: Portal, rotate: Turn, forget: Turn
) -> None:
    secret = enrol(alice_portal)
    link = waiting_link(charlie_portal)
    with tenant_context(alice_portal.organization):
        code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]

    rotate()
    assert "3 secrets were written again, 0 stood" in rotated()
    assert "0 secrets were written again, 3 stood" in rotated()
    forget()

    browser, _answer = log_in(alice_portal)
    browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)})
    assert is_in(browser)
    cache.clear()
    browser, _answer = log_in(alice_portal)
    browser.post(f"{FACTOR}authenticate/", {"code": code})
    assert is_in(browser)
    with tenant_context(charlie_portal.organization):
        assert SpreadsheetImport.objects.get(pk=link.pk).link.endswith("between-us")


def test_it_goes_on_where_it_was_stopped(
    alice_portal: Portal, charlie_portal: Portal, rotate: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for portal in (alice_portal, charlie_portal):
        waiting_link(portal)
    names = [alice_portal.organization.schema_name, charlie_portal.organization.schema_name]

    def stop_at_the_second(schema: str, rotation: Any, real: Any = secret_rotation.rotate_secrets) -> None:
        if schema == names[1]:
            raise KeyboardInterrupt
        real(schema, rotation)

    rotate()
    with monkeypatch.context() as patch:
        patch.setattr("bandstand.organizations.management.commands.rotate_secrets.rotate_secrets", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            rotated()

    assert "1 secrets were written again, 1 stood" in rotated()


def test_it_says_what_no_key_reads(alice_portal: Portal, rotate: Turn, forget: Turn) -> None:
    link = waiting_link(alice_portal)
    rotate()
    forget()

    with pytest.raises(CommandError, match="1 secrets can't be read, so none was written"):
        rotated()

    with tenant_context(alice_portal.organization):
        assert SpreadsheetImport.objects.get(pk=link.pk).file_name == "x"  # the rest of the row is there
        with pytest.raises(LostKeyError, match="SECRET_KEY_FALLBACKS"):
            _read = SpreadsheetImport.objects.get(pk=link.pk).link


def test_nothing_is_written_while_a_key_is_missing(
    alice_portal: Portal, charlie_portal: Portal, rotate: Turn, settings: Settings
) -> None:
    waiting_link(alice_portal)
    rotate()
    first = settings.SECRET_KEY_FALLBACKS
    readable = waiting_link(charlie_portal)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # the first key is gone
    settings.SECRET_KEY = secrets.token_urlsafe(64)

    with pytest.raises(CommandError, match=r"^1 secrets can't be read, so none was written\. Put the SECRET_KEY"):
        rotated()
    settings.SECRET_KEY_FALLBACKS = []
    with tenant_context(charlie_portal.organization), pytest.raises(LostKeyError):
        _read = SpreadsheetImport.objects.get(pk=readable.pk).link

    settings.SECRET_KEY_FALLBACKS = [*first, "a new key of fifty characters and more for a while" * 2]
    assert "2 secrets were written again" in rotated()


def test_what_is_readable_is_written_if_the_other_key_is_gone_for_good(
    alice_portal: Portal, charlie_portal: Portal, rotate: Turn, forget: Turn
) -> None:
    waiting_link(alice_portal)
    rotate()
    forget()
    waiting_link(charlie_portal)

    with pytest.raises(CommandError, match="1 secrets can't be read"):
        rotated("--leave-unreadable")


def test_any_command_that_lacks_a_key_ends_with_one_sentence(
    alice_portal: Portal, rotate: Turn, forget: Turn, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `manage.py` runs it: a CommandError is printed, anything else is a traceback."""
    link = waiting_link(alice_portal)
    rotate()
    forget()

    class Reading(BaseCommand):
        requires_system_checks = ()

        def handle(self, *_args: Any, **_options: Any) -> None:
            with tenant_context(alice_portal.organization):
                _read = SpreadsheetImport.objects.get(pk=link.pk).link

    with pytest.raises(SystemExit):
        Reading().run_from_argv(["manage.py", "reading"])

    said = capsys.readouterr().err
    assert "Put the key of that time into SECRET_KEY_FALLBACKS" in said
    assert f" on {datetime.now(UTC):%Y-%m-%d}" in said
    assert "Traceback" not in said
