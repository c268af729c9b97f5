"""Asking whoever is logged in for the password, or the second factor, once more: before sensitive acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required

View = TypeVar("View", bound=Callable[..., Any])


def confirmed(view: View) -> View:
    """Let those go on who gave it within ACCOUNT_REAUTHENTICATION_TIMEOUT; a form that was sent goes on after it."""
    return cast("View", reauthentication_required(view))


def confirmed_to_write(view: View) -> View:
    """The same, but whoever only reads isn't asked."""
    return cast("View", reauthentication_required(allow_get=True)(view))
