"""Renews the session after reauthentication, and ends a user's other sessions after a change of their second factor.

Source: OWASP ASVS 5, 7.2.4 and 7.4.3. Django does both when a password changes.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals as factor_signals
from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest

from bandstand.accounts.models import User


@receiver(authentication_step_completed)
def _proved_again(request: HttpRequest, reauthenticated: bool = False, **_kwargs: Any) -> None:
    """Give the session a new key; the list of sessions is updated too."""
    former = request.session.session_key
    if not reauthenticated or not former:
        return
    request.session.cycle_key()
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


@receiver(
    [
        factor_signals.authenticator_added,
        factor_signals.authenticator_removed,
        factor_signals.authenticator_reset,
    ]
)
def _factor_changed(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """End all other sessions: they never passed the new factor, or relied on the old one."""
    flows.sessions.end_other_sessions(request, user)
