"""Whose log-ins axes counts, and where: an owner's at the platform, whichever portal somebody guessed at."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest
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
