"""Fifteen guesses at once are fifteen guesses: no counter of tries is passed by sending them in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from threading import Barrier, Lock
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from axes.models import AccessAttempt
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand_web import rate_limits
from bandstand_web.platform import pending
from tests.conftest import PASSWORD, Browser
from tests.mailbox import code_in, newest_mail_to
from tests.waiting import wait_until
from tests.web.accounts.test_hand_over import BACKEND
from tests.web.forms.test_same_value_at_once import is_waited_for
from tests.web.platform.signup_form import filled_in

pytestmark = pytest.mark.attack

HOST = "bandstand.localhost"
EMAIL = "guessed-at@example.org"
AT_ONCE = 15
MOST = 5
WRONG = [f"BBBB-BB{first}{second}" for first in "BCDF" for second in "BCDF"][:AT_ONCE]


@pytest.fixture
def person(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """An account that other threads see, too; what came of it is removed."""
    with django_db_blocker.unblock():
        cache.clear()
        user = User.objects.create_user(EMAIL, PASSWORD)
        user.emailaddress_set.create(email=EMAIL, verified=True, primary=True)
        yield user
        connection.set_schema_to_public()
        for leftover in (AccessAttempt, Session, Job, OutgoingMessage):
            leftover.objects.all().delete()
        user.delete()


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """Return what fifteen threads got that began together, each with a connection of its own."""
    together = Barrier(AT_ONCE)

    def begin(number: int) -> Any:
        together.wait(20)
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(begin, range(AT_ONCE)))


def same_browser(browser: Client) -> Client:
    """Return a browser with the same cookies."""
    other = Client(HTTP_HOST=HOST)
    other.cookies = SimpleCookie({name: morsel.value for name, morsel in browser.cookies.items()})
    return other


def counting(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> list[Any]:
    """Return a list that grows with each call of a function."""
    kept, calls, lock = getattr(place, name), [], Lock()

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = kept(*args, **kwargs)
        with lock:
            calls.append(result)
        return result

    monkeypatch.setattr(place, name, counted)
    return calls


def test_codes_of_a_sign_up(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client(HTTP_HOST=HOST)
    browser.post("/signup/", filled_in(slug="guessed", email="guessed@example.org"))
    code = code_in(newest_mail_to("guessed@example.org"))
    compared = counting(monkeypatch, pending, "constant_time_compare")

    at_once(lambda number: same_browser(browser).post("/signup/verify/", {"code": WRONG[number]}).status_code)

    assert len(compared) == MOST
    assert same_browser(browser).post("/signup/verify/", {"code": code})["Location"] == "/signup/"
    assert not Organization.objects.filter(slug="guessed").exists()


def test_four_wrong_codes_at_once_leave_a_try(person: User) -> None:
    browser = Client(HTTP_HOST=HOST)
    browser.post("/signup/", filled_in(slug="guessed", email="guessed@example.org"))

    at_once(lambda number: number < 4 and same_browser(browser).post("/signup/verify/", {"code": WRONG[number]}))

    assert browser.session["pending_signup"]["attempts"] == 4
    assert browser.get("/signup/verify/").status_code == 200


def test_a_new_code_waits_for_the_guess_that_is_under_way(person: User) -> None:
    """Else it stored again what it had read before, and the guess wasn't counted."""
    browser = Browser(HTTP_HOST=HOST)
    browser.post("/signup/", filled_in(slug="guessed", email="guessed@example.org"))
    session = browser.session

    def resend() -> int:
        try:
            return int(same_browser(browser).post("/signup/verify/resend/").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with session.alone():
            sent = pool.submit(resend)
            wait_until(lambda: is_waited_for() or sent.done())
            session["pending_signup"] = {**session["pending_signup"], "name": "Changed by the guess"}
        assert sent.result(30) == 302

    assert browser.session["pending_signup"]["name"] == "Changed by the guess"


def test_codes_of_a_new_address(person: User) -> None:
    browser = Browser(HTTP_HOST=HOST)
    browser.force_login(person, BACKEND)
    browser.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
    code = code_in(newest_mail_to("new@example.org"))

    def guess(number: int) -> str:
        answer = same_browser(browser).post("/accounts/email/code/", {"code": WRONG[number]})
        return "compared" if b"incorrect" in answer.content.lower() or answer.status_code == 302 else "refused"

    at_once(guess)
    same_browser(browser).post("/accounts/email/code/", {"code": code})

    assert not EmailAddress.objects.filter(email="new@example.org", verified=True).exists()
    assert User.objects.filter(email=EMAIL).exists()


def test_a_count_that_an_older_request_stores_again_buys_no_guess(person: User) -> None:
    """Whoever is logged in may let a slow request of the same session end after the guesses."""
    browser = Browser(HTTP_HOST=HOST)
    browser.force_login(person, BACKEND)
    browser.post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
    code = code_in(newest_mail_to("new@example.org"))
    before = browser.session

    for guess in WRONG[:MOST]:
        same_browser(browser).post("/accounts/email/code/", {"code": guess})
        before["_seen"] = 0
        before.save()
    answer = same_browser(browser).post("/accounts/email/code/", {"code": code})

    assert answer.status_code == 429
    assert not EmailAddress.objects.filter(email="new@example.org", verified=True).exists()


def test_passwords_from_one_address(person: User, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the time it takes isn't tried here
    person.set_password(PASSWORD)
    person.save()
    verified = counting(monkeypatch, hashers.MD5PasswordHasher, "verify")

    def log_in(password: str) -> int:
        form = {"login": EMAIL, "password": password}
        return Client(HTTP_HOST=HOST).post("/accounts/login/", form, REMOTE_ADDR="203.0.113.7").status_code

    at_once(lambda number: log_in(f"guess-{number}"))

    assert len(verified) == settings.AXES_FAILURE_LIMIT
    assert log_in(PASSWORD) == 429


def test_codes_of_a_second_factor(person: User, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": f"{MOST}/15m/key"}
    totp.TOTP.activate(person, totp.generate_totp_secret())
    browser = Client(HTTP_HOST=HOST)
    browser.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    compared = counting(monkeypatch, totp, "validate_totp_code")

    at_once(
        lambda number: same_browser(browser).post("/accounts/second-factor/authenticate/", {"code": f"{number:06}"})
    )

    assert 0 < len(compared) <= MOST


def test_every_limit(person: User, settings: Settings) -> None:
    """Invitations' links, copies and the like are counted by the same function."""
    settings.ACCOUNT_RATE_LIMITS = {"invitation_accept": f"{MOST}/h/ip"}

    allowed = at_once(lambda _number: rate_limits.allows(RequestFactory().get("/"), "invitation_accept"))

    assert allowed.count(True) == MOST
