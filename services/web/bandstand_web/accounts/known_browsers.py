"""Browsers that have logged in before: failed guesses from elsewhere don't lock them out.

Failed log-ins to an account are counted across all client addresses, so that a botnet can't share the work. An attacker
could use that count to lock the owner out, so a browser that has logged in before has a count of its own.
Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from bandstand.accounts.models import User
from bandstand.database.connection import connection

COOKIE = "__Host-known" if settings.SESSION_COOKIE_SECURE else "known"
LIFETIME = timedelta(days=365)
_SALT = "bandstand_web.accounts.known_browsers"


def remember(response: HttpResponseBase, user: User) -> None:
    """Set a cookie by which the browser can prove that `user` has logged in with it."""
    known = {"account": _account(user.email), "browser": secrets.token_urlsafe(9)}
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=_SALT),
        max_age=LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def known_browser(request: HttpRequest, email: str) -> str:
    """Return the browser's ID if this account has logged in with it here, else an empty string."""
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return ""
    return str(known["browser"]) if constant_time_compare(known["account"], _account(email)) else ""


def _account(email: str) -> str:
    """Return a hash that identifies the account, so that the cookie doesn't reveal the address."""
    return salted_hmac(_SALT, f"{connection.schema_name}:{email.strip().lower()}", algorithm="sha256").hexdigest()
