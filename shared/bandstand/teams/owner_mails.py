"""What owners are told by mail about their portals, from the platform: it is where they log in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.mail.sending import send_template
from bandstand.organizations.models import Organization


def tell_new_owner(*, organization: Organization, email: str) -> None:
    """Tell somebody that a portal is theirs, and where they log in."""
    _send("owner_added", organization, email, link=organization.team_url("/accounts/hand-over/"))


def tell_former_owner(*, organization: Organization, email: str) -> None:
    """Tell somebody who stays on the team that they own the portal no longer, and how they log in now."""
    _send("owner_ended", organization, email, link=organization.team_url("/accounts/password/reset/"))


def tell_one_log_in(*, organization: Organization, owner: User) -> None:
    """Tell an owner, once, that portals and platform have one password."""
    path = reverse("account_login", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    link = f"{settings.PUBLIC_URL}{path}"
    _send("owner_one_log_in", organization, owner.email, link=link, key=f"one-log-in:{owner.pk}")


def _send(name: str, organization: Organization, email: str, *, key: str = "", **context: Any) -> None:
    with schema_context(get_public_schema_name()):
        send_template(
            name,
            to=email,
            context={"portal_name": organization.name, "platform_host": settings.BASE_DOMAIN, **context},
            language=organization.language,
            key=key,
            is_essential=True,
        )
