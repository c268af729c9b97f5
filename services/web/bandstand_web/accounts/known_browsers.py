"""Browsers in which somebody logged in before: guesses from elsewhere don't close the door to them.

Guesses at one account are counted over all addresses, so that many machines can't share the work. Without an exception,
strangers could use that count to lock the owner out. A browser that logged in has a count of its own.
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
    """Let the browser prove from now on that `user` logged in with it."""
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
    """Return the name of the browser if the account with this address logged in with it here, else an empty text."""
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return ""
    return str(known["browser"]) if constant_time_compare(known["account"], _account(email)) else ""


def _account(email: str) -> str:
    """Return what stands for the account; the cookie doesn't tell addresses."""
    return salted_hmac(_SALT, f"{connection.schema_name}:{email.strip().lower()}", algorithm="sha256").hexdigest()
