"""Taking an owner from the platform, where they are logged in, to their portal, without a second log-in.

The portal begins: it leaves a random state with the browser and sends it to the platform. The platform answers with a
token for that state, that portal and the owner's address; it works once, for a minute. A link that somebody else made
finds no such state in the browser it is opened in, so nobody can be logged in to another's account by a link.

While the platform is away an operator makes an emergency token instead. It is bound to no browser: it lives longer,
works once as well, and the page that it opens asks before it logs anybody in.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import redis
from django.core import signing
from django.core.cache import caches
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization

TOKEN_LIFETIME = timedelta(seconds=60)
EMERGENCY_LIFETIME = timedelta(minutes=10)
_SALT = "bandstand.organizations.handover"
_EMERGENCY_SALT = "bandstand.organizations.handover.emergency"


class HandOverError(Exception):
    """The token is not for this browser and portal, was used, or is too old."""


class HandOverUnavailableError(Exception):
    """What says whether a token was used can't be asked now."""


def new_state() -> str:
    """Return what the portal leaves with the browser."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How well the platform knows who somebody is: when they last proved it again, and whether in two steps."""

    proved_at: float = 0  # seconds since the epoch
    has_second_step: bool = False


def hand_over_token(*, organization: Organization, owner: User, state: str, proof: Proof | None = None) -> str:
    """Return a token that logs the account of `owner` (of the platform) in at the portal, once.

    Raises HandOverUnavailableError.
    """
    nonce = secrets.token_urlsafe(16)
    claims = {
        "portal": organization.schema_name,
        "email": owner.email,
        "state": state,
        "nonce": nonce,
        "proof": asdict(proof or Proof()),
    }
    if organization.is_elsewhere:
        # The other cell's cache isn't ours: there, it is written down that the token was used.
        return signing.dumps({**claims, "elsewhere": True}, salt=_SALT)
    _nonce_keep(organization, nonce, TOKEN_LIFETIME)
    return signing.dumps(claims, salt=_SALT)


def hand_over_redeem(*, token: str, organization: Organization, state: str) -> tuple[User, Proof]:
    """Return the owner's account in the current tenant that `token` was issued for, and the proof; use the token up.

    Raises HandOverError and HandOverUnavailableError: nobody is logged in when in doubt.
    """
    try:
        claims = signing.loads(token, salt=_SALT, max_age=TOKEN_LIFETIME)
    except signing.BadSignature as problem:
        raise HandOverError("unreadable or too old") from problem
    if claims["portal"] != organization.schema_name:
        raise HandOverError("for another portal")
    if not state or not hmac.compare_digest(claims["state"], state):
        raise HandOverError("for another browser")
    try:
        # Of several attempts at once, one deletes the key, or sets it.
        if claims.get("elsewhere"):
            is_first = caches["strict"].add(_key(claims["nonce"]), 1, TOKEN_LIFETIME.total_seconds())
        else:
            is_first = caches["strict"].delete(_key(claims["nonce"]))
    except redis.RedisError as problem:
        raise HandOverUnavailableError from problem
    if not is_first:
        raise HandOverError("used before")
    return _owner(claims["email"]), Proof(**claims.get("proof", {}))  # a token of the release before has none


def emergency_token(*, organization: Organization, owner: User, has_second_step: bool) -> str:
    """Return a token that logs the account of `owner` (of the platform) in at the portal, once, without the platform.

    Raises HandOverUnavailableError.
    """
    nonce = secrets.token_urlsafe(16)
    _nonce_keep(organization, nonce, EMERGENCY_LIFETIME)
    claims = {
        "portal": organization.schema_name,
        "email": owner.email,
        "nonce": nonce,
        "has_second_step": has_second_step,
    }
    return signing.dumps(claims, salt=_EMERGENCY_SALT)


def emergency_email(*, token: str, organization: Organization) -> str:
    """Return the address of the owner whom `token` would log in at the portal, which is the current tenant.

    Raises HandOverError and HandOverUnavailableError.
    """
    claims = _emergency_claims(token, organization)
    try:
        is_unused = caches["strict"].get(_key(claims["nonce"])) is not None
    except redis.RedisError as problem:
        raise HandOverUnavailableError from problem
    if not is_unused:
        raise HandOverError("used before")
    return _owner(claims["email"]).email


def emergency_redeem(*, token: str, organization: Organization) -> tuple[User, Proof]:
    """Return the owner's account in the current tenant that `token` was made for, and the proof; use the token up.

    Nobody gave a password or a second step, so what asks for them still asks for them. Raises HandOverError and
    HandOverUnavailableError.
    """
    claims = _emergency_claims(token, organization)
    try:
        is_first = caches["strict"].delete(_key(claims["nonce"]))
    except redis.RedisError as problem:
        raise HandOverUnavailableError from problem
    if not is_first:
        raise HandOverError("used before")
    return _owner(claims["email"]), Proof(has_second_step=claims["has_second_step"])


def _emergency_claims(token: str, organization: Organization) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = signing.loads(token, salt=_EMERGENCY_SALT, max_age=EMERGENCY_LIFETIME)
    except signing.BadSignature as problem:
        raise HandOverError("unreadable or too old") from problem
    if claims["portal"] != organization.schema_name:
        raise HandOverError("for another portal")
    return claims


def _nonce_keep(organization: Organization, nonce: str, lifetime: timedelta) -> None:
    with tenant_context(organization):
        try:
            caches["strict"].set(_key(nonce), 1, lifetime.total_seconds())
        except redis.RedisError as problem:
            raise HandOverUnavailableError from problem


def _owner(email: str) -> User:
    account = roles.holders(roles.OWNER).filter(email=email).first()
    if account is None:
        raise HandOverError("no account of an owner with this address")
    return account


def _key(nonce: str) -> str:
    return f"hand-over:{nonce}"
