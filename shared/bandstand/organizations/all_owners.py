"""Whoever owns a portal, for what is written to all of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization


def all_owners() -> QuerySet[User]:
    """Return the platform's active accounts that own a portal."""
    owned = Organization.objects.exclude(state=Organization.State.DELETING)
    return User.objects.filter(is_active=True, organizations__in=owned).distinct().order_by("pk")


def languages_of(owners: Sequence[User]) -> dict[int, str]:
    """Return the language of each owner's oldest portal, by the account's number."""
    rows = Organization.objects.filter(owners__in=owners).order_by("-pk")
    return dict(rows.values_list("owners", "language"))
