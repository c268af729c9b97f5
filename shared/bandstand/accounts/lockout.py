"""Whose log-ins axes counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def attempted_account(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the address that somebody tried to log in with. Source: axes, AXES_USERNAME_CALLABLE.

    allauth hands addresses over as `email`, Django's own forms as `username`; before either, there is the form alone.
    """
    given = credentials or {}
    named = given.get("email") or given.get("username")
    if not named and request is not None:
        named = request.POST.get("login")
    return str(named or "").strip().lower()
