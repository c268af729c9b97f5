"""Taking an owner from the platform, where they are logged in, to their portal, without a second log-in.

The portal begins: it leaves a random state with the browser and sends it to the platform. The platform answers with a
token for that state, that portal and the owner's address; it works once, for a minute. A link that somebody else made
finds no such state in the browser it is opened in, so nobody can be logged in to another's account by a link.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

import redis
from django.core import signing
from django.core.cache import caches
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization

TOKEN_LIFETIME = timedelta(seconds=60)
_SALT = "bandstand.organizations.handover"


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
    with tenant_context(organization):
        try:
            caches["strict"].set(_key(nonce), 1, TOKEN_LIFETIME.total_seconds())
        except redis.RedisError as problem:
            raise HandOverUnavailableError from problem
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
    account = roles.holders(roles.OWNER).filter(email=claims["email"]).first()
    if account is None:
        raise HandOverError("no account of an owner with this address")
    return account, Proof(**claims.get("proof", {}))  # a token of the release before has none


def _key(nonce: str) -> str:
    return f"hand-over:{nonce}"
