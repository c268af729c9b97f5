"""Asking whoever is logged in for the password, or the second factor, once more: before sensitive acts.

An owner at a portal is asked by the platform, and the portal remembers what it said.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from bandstand.accounts.models import User
from bandstand.organizations.handover import Proof
from bandstand.organizations.owners import proves_at_platform

View = TypeVar("View", bound=Callable[..., Any])
STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
_PROOF = "proof"


def confirmed(view: View) -> View:
    """Let those go on who gave it within ACCOUNT_REAUTHENTICATION_TIMEOUT; a form that was sent goes on after it."""
    return _asking(view, for_reading=True)


def confirmed_to_write(view: View) -> View:
    """The same, but whoever only reads isn't asked."""
    return _asking(view, for_reading=False)


def proof_of(request: HttpRequest) -> Proof:
    """Return how well the platform knows whoever is logged in there."""
    records = [each for each in get_authentication_records(request, request.user) if each.get("reauthenticated")]
    return Proof(
        proved_at=float(records[-1]["at"]) if records else 0,
        has_second_step=is_mfa_enabled(request.user, types=STEPS),
    )


def proof_keep(request: HttpRequest, account: User, proof: Proof) -> None:
    """Remember at a portal what the platform said of the owner who came from there."""
    request.session[_PROOF] = {
        "account": account.pk,
        "proved_at": proof.proved_at,
        "has_second_step": proof.has_second_step,
    }


def proof_kept(request: HttpRequest) -> Proof:
    """Return what `proof_keep` remembered of whoever is logged in."""
    kept = request.session.get(_PROOF) or {}
    if kept.get("account") != request.user.pk:
        return Proof()
    return Proof(proved_at=kept["proved_at"], has_second_step=kept["has_second_step"])


def _asking(view: View, *, for_reading: bool) -> View:
    asked_here = reauthentication_required(allow_get=not for_reading)(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not (isinstance(request.user, User) and proves_at_platform(request.user)):
            return asked_here(request, *args, **kwargs)
        is_asked = for_reading or request.method != "GET"
        if is_asked and time.time() - proof_kept(request).proved_at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return cast("View", guarded)
