"""Unsubscribing from bulk mail: the link in each email, and what it does (RFC 8058)."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from bandstand.mail.models import SuppressedAddress, UnsubscribeLink
from bandstand.organizations.current import NoOrganizationError, current_organization


def unsubscribe_url_for(email: str) -> str:
    """Return the URL that unsubscribes `email` from the bulk mail of the current organization, or of the platform."""
    link, _created = UnsubscribeLink.objects.get_or_create(email=email.lower())
    path = f"/mail/unsubscribe/{link.token}/"
    try:
        return current_organization().url(path)
    except NoOrganizationError:
        return f"{settings.PUBLIC_URL}{path}"


def address_of(token: str) -> str | None:
    """Return the email address of a link's token; None for an unknown one."""
    link = UnsubscribeLink.objects.filter(token=token).first()
    return link.email if link else None


def unsubscribe(token: str) -> str | None:
    """Unsubscribe the token's address from bulk mail and return it; None for an unknown token."""
    email = address_of(token)
    if email is not None:
        suppress(email, SuppressedAddress.Reason.UNSUBSCRIBED)
    return email


def resubscribe(token: str) -> str | None:
    """Undo `unsubscribe` and return the address; None for an unknown token."""
    email = address_of(token)
    if email is not None:
        SuppressedAddress.objects.filter(email=email, reason=SuppressedAddress.Reason.UNSUBSCRIBED).delete()
    return email


def suppress(email: str, reason: SuppressedAddress.Reason) -> SuppressedAddress:
    """Suppress `email` and return the entry. A bounce takes precedence over the other reasons."""
    with transaction.atomic():
        entry, created = SuppressedAddress.objects.select_for_update().get_or_create(
            email=email.lower(), defaults={"reason": reason}
        )
        if not created and reason == SuppressedAddress.Reason.BOUNCED:
            entry.reason = reason
            entry.save(update_fields=["reason"])
        return entry


def wanted(recipients: list[str], *, bulk: bool) -> list[str]:
    """Return the recipients that may get an email: none that bounced, and for bulk mail none that unsubscribed."""
    entries = SuppressedAddress.objects.filter(email__in=[address.lower() for address in recipients])
    if not bulk:
        entries = entries.filter(reason=SuppressedAddress.Reason.BOUNCED)
    refused = set(entries.values_list("email", flat=True))
    return [address for address in recipients if address.lower() not in refused]
