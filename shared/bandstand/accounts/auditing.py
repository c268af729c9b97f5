"""Records the account signals of allauth, axes and Django in the security log."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as factor_signals
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from bandstand.accounts.client_address import client_address
from bandstand.accounts.lockout import attempted_account
from bandstand.accounts.models import User
from bandstand.audit.acting import Actor
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.content.changes import Change
from bandstand.content.changing import Changer


def actor_of(request: HttpRequest, user: User | None = None) -> Actor:
    """Return who acts in `request`: `user`, or the logged-in user."""
    person = user or getattr(request, "user", None)
    is_known = isinstance(person, User) or getattr(person, "is_authenticated", False)
    if isinstance(person, User) and person.is_support:
        return Actor(email=str(person), is_support=True, ip_address=client_address(request))
    return Actor(
        email=person.email if is_known and person else "",
        is_staff=bool(is_known and person and person.is_staff),
        ip_address=client_address(request),
    )


def changer_of(request: HttpRequest) -> Changer:
    """Return who changes content in `request`. As in a portal's security log, platform staff has no name there."""
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return Changer()
    if person.is_support:
        return Changer(by=Change.By.SUPPORT, name=str(person))
    if person.is_staff:
        return Changer(by=Change.By.STAFF)
    return Changer(by=Change.By.PERSON, user_id=person.pk, name=str(person))


@receiver(user_logged_in)
def _logged_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    record(Act.LOGGED_IN, by=actor_of(request, user))


@receiver(user_logged_out)
def _logged_out(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    if user is not None:  # anyone may request the log-out page
        record(Act.LOGGED_OUT, by=actor_of(request, user))


@receiver(user_login_failed)
def _log_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: Any) -> None:
    if request is not None:
        record(Act.LOG_IN_FAILED, target=_known_account(request, credentials), by=actor_of(request))


@receiver(user_locked_out)
def _locked_out(request: HttpRequest, username: str, **_kwargs: Any) -> None:
    # axes sends the signal again for each later attempt.
    if getattr(request, "axes_failures_since_start", None) == settings.AXES_FAILURE_LIMIT:
        record(Act.LOCKED_OUT, target=_known_account(request, {"username": username}), by=actor_of(request))


@receiver([account_signals.password_changed, account_signals.password_set])
def _password_changed(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    record(Act.PASSWORD_CHANGED, by=actor_of(request, user))


@receiver(account_signals.password_reset)
def _password_reset(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    record(Act.PASSWORD_RESET, by=actor_of(request, user))


@receiver(account_signals.email_changed)
def _email_changed(
    request: HttpRequest, user: User, from_email_address: Any, to_email_address: Any, **_kwargs: Any
) -> None:
    former = from_email_address.email if from_email_address else ""
    record(Act.EMAIL_CHANGED, target=to_email_address.email, detail=former, by=actor_of(request, user))


@receiver([factor_signals.authenticator_added, factor_signals.authenticator_reset])
def _factor_added(request: HttpRequest, user: User, authenticator: Any, **_kwargs: Any) -> None:
    record(Act.FACTOR_ADDED, detail=authenticator.type, by=actor_of(request, user))


@receiver(factor_signals.authenticator_removed)
def _factor_removed(request: HttpRequest, user: User, authenticator: Any, **_kwargs: Any) -> None:
    record(Act.FACTOR_REMOVED, detail=authenticator.type, by=actor_of(request, user))


def _known_account(request: HttpRequest, credentials: dict[str, Any]) -> str:
    """Return the address that was tried, if it has an account. People sometimes type their password into that field."""
    tried = attempted_account(request, credentials)
    return tried if tried and User.objects.filter(email=tried).exists() else ""
