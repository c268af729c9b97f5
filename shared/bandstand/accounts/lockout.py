"""Where wrong passwords are counted: an owner's at the platform, whichever portal somebody guessed at.

axes counts per account and IP address, in the database. allauth counts per account over all addresses, in the cache.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from allauth.core.internal import ratelimit
from axes.handlers.database import AxesDatabaseHandler
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.database.connection import connection


def attempted_account(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the address that somebody tried to log in with. Source: axes, AXES_USERNAME_CALLABLE.

    allauth hands addresses over as `email`, Django's own forms as `username`; before either, there is the form alone.
    """
    given = credentials or {}
    named = given.get("email") or given.get("username")
    if not named and request is not None:
        named = request.POST.get("login")
    return str(named or "").strip().lower()


def log_in_schema(email: str) -> AbstractContextManager[Any]:
    """Enter the schema whose account this address logs in with: for a portal's owner, the platform's.

    One query at a portal, for any address.
    """
    return _entered(_is_owners(email))


def _is_owners(email: str) -> bool:
    if connection.schema_name == get_public_schema_name():
        return False
    return bool(User.objects.filter(email=email.strip().lower(), groups__name=roles.OWNER).exists())


def _entered(is_owners: bool) -> AbstractContextManager[Any]:
    return schema_context(get_public_schema_name()) if is_owners else nullcontext()


def counted_account(email: str, browser: str = "") -> str:
    """Return under what allauth counts wrong passwords from all addresses; `browser` is one that is known to it.

    After `guesses_forget` that is something else, also for known browsers, whose number isn't known.
    """
    email = email.strip().lower()
    return f"{email}:{cache.get(_forgotten(email)) or ''}:{browser}"


def guesses_from_everywhere(email: str) -> tuple[int, float]:
    """Return how many wrong passwords count against unknown browsers at any address, and until when (Unix time).

    They lock the account if they are as many as the limit, else the time is 0.
    """
    for rate in _rates():
        times = cache.get(_counter(rate, email), [])
        if len(times) >= rate.amount:
            return len(times), min(times) + rate.duration
        if times:
            return len(times), 0
    return 0, 0


def guesses_forget(email: str) -> None:
    """Begin to count anew for an account of the current schema."""
    longest = max((rate.duration for rate in _rates()), default=0)
    if longest:
        cache.set(_forgotten(email), get_random_string(8), timeout=longest)


def _rates() -> list[ratelimit.Rate]:
    rates = ratelimit.get_rates(app="allauth.account", action="login_failed")
    return [rate for rate in rates if rate.per == "key"]


def _counter(rate: ratelimit.Rate, email: str) -> str:
    counted = counted_account(email)
    return str(ratelimit.get_cache_key(None, app="allauth.account", action="login_failed", rate=rate, key=counted))


def _forgotten(email: str) -> str:
    return f"guesses-forgotten:{email.strip().lower()}"


class AccountAttempts(AxesDatabaseHandler):  # type: ignore[misc] # axes is untyped
    """Counts in the schema of the account."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        with self._schema(request, credentials):
            return int(super().get_failures(request, credentials))

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        with self._schema(request, credentials):
            super().user_login_failed(sender, credentials, request, **kwargs)

    @staticmethod
    def _schema(request: HttpRequest | None, credentials: dict[str, Any] | None) -> AbstractContextManager[Any]:
        """Ask once for each attempt, so that an owner's takes as many queries as anybody's."""
        email = attempted_account(request, credentials)
        known: dict[str, bool] = vars(request).setdefault("log_ins_of_owners", {}) if request else {}
        if email not in known:
            known[email] = _is_owners(email)
        return _entered(known[email])

    def reset_attempts(
        self, *, ip_address: str | None = None, username: str | None = None, ip_or_username: bool = False
    ) -> int:
        with log_in_schema(username or ""):
            found = super().reset_attempts(ip_address=ip_address, username=username, ip_or_username=ip_or_username)
            return int(found)
