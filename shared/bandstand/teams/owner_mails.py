"""What owners are told by mail about their portals, from the platform: it is where they log in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.mail.sending import send_template
from bandstand.organizations.contact import support_contact
from bandstand.organizations.models import Organization
from bandstand.organizations.transfers import Transfer


def tell_welcome(*, organization: Organization, email: str) -> None:
    """Tell whoever opened a portal where it is, and what to do first."""
    steps = [("band_add", _("Add your first band")), ("gig_add", _("Publish a gig")), ("team", _("Invite your team"))]
    with translation.override(organization.language):
        named = [{"url": _backstage_url(organization, view), "text": str(text)} for view, text in steps]
    about = {"portal_url": organization.team_url("/"), "portal_host": organization.own_host, "account": email}
    link = organization.team_url("/backstage/")
    _send("welcome", organization, email, key=f"welcome:{organization.pk}", link=link, steps=named, **about)


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


def tell_of_transfer(*, transfer: Transfer, link: str) -> None:
    """Send the link to whom the portal is offered, and tell its owners, who can withdraw the offer."""
    organization, giver, receiver = transfer.organization, transfer.given_by.email, transfer.email
    about = {"portal_host": organization.host, "giver": giver, "receiver": receiver}
    _send("transfer_offer", organization, receiver, link=link, **about)
    path = reverse("organization_transfer", args=[organization.slug], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    for owner in _active_owners(organization):
        _send("transfer_begun", organization, owner, link=f"{settings.PUBLIC_URL}{path}", **about)


def tell_transfer_declined(*, transfer: Transfer) -> None:
    _send("transfer_declined", transfer.organization, transfer.given_by.email, receiver=transfer.email)


def tell_transferred(*, transfer: Transfer, co_owners: Sequence[str]) -> None:
    """Tell the new owner, the former one, and those who own the portal still."""
    organization, giver, receiver = transfer.organization, transfer.given_by.email, transfer.email
    _send("transfer_received", organization, receiver, link=organization.team_url("/accounts/hand-over/"))
    for address in (giver, *co_owners):
        _send("transfer_done", organization, address, giver=giver, receiver=receiver)


def tell_suspended(*, organization: Organization) -> None:
    contact, path = support_contact(), reverse("organizations", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    for address in _active_owners(organization):
        _send(
            "portal_suspended",
            organization,
            address,
            reason=organization.suspension_reason,
            contact=contact,
            link=f"{settings.PUBLIC_URL}{path}",
            reply_to=contact.text if contact and contact.is_mailbox else "",
        )


def tell_of_report(*, organization: Organization, state: str, about: dict[str, Any]) -> None:
    """Send every owner the statement of reasons for a decision about one of the portal's pages."""
    contact = support_contact()
    path = reverse("organizations", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    for address in _active_owners(organization):
        _send(
            "report_statement",
            organization,
            address,
            state=state,
            contact=contact,
            link=f"{settings.PUBLIC_URL}{path}",
            reply_to=contact.text if contact and contact.is_mailbox else "",
            **about,
        )


def tell_reopened(*, organization: Organization) -> None:
    for address in _active_owners(organization):
        _send("portal_reopened", organization, address, link=organization.team_url("/backstage/"))


def tell_of_new_address(*, organization: Organization, former_host: str, by: User) -> None:
    """Tell every owner, whoever of them changed it, that the portal has another address."""
    about = {"owner": by.email, "former_host": former_host, "portal_host": organization.own_host}
    for address in _active_owners(organization):
        _send("portal_address", organization, address, link=organization.team_url("/backstage/"), **about)


def tell_of_support(
    *, organization: Organization, event: str, page: str, until: datetime, only_staff: str = "", visitor: str = ""
) -> None:
    """Tell every owner that support may come in, came in, or can't any more. `event` is the act of the security log."""
    when = timezone.localtime(until, ZoneInfo(organization.time_zone))
    about: dict[str, Any] = {"event": event, "until": when, "only_staff": only_staff, "visitor": visitor}
    for address in _active_owners(organization):
        _send("support_access", organization, address, link=page, **about)


def _backstage_url(organization: Organization, view: str) -> str:
    return organization.team_url(reverse(f"backstage:{view}", urlconf=settings.ROOT_URLCONF))


def _active_owners(organization: Organization) -> list[str]:
    with schema_context(get_public_schema_name()):
        owners = User.objects.filter(organizations=organization, is_active=True).order_by("pk")
        return list(owners.values_list("email", flat=True))


def _send(
    name: str, organization: Organization, email: str, *, key: str = "", reply_to: str = "", **context: Any
) -> None:
    with schema_context(get_public_schema_name()):
        send_template(
            name,
            to=email,
            context={"portal_name": organization.name, "platform_host": settings.BASE_DOMAIN, **context},
            language=organization.language,
            reply_to=reply_to,
            key=key,
            is_essential=True,
        )
