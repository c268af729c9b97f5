"""Not getting mails that go to many: the link in each of them, and what it does (RFC 8058)."""

from __future__ import annotations

from django.db import transaction

from bandstand.mail.models import SuppressedAddress, UnsubscribeLink
from bandstand.organizations.current import current_organization


def unsubscribe_url_for(email: str) -> str:
    """Return the address at which whoever reads `email`'s mail stops the current organization's mails to many."""
    link, _created = UnsubscribeLink.objects.get_or_create(email=email.lower())
    return current_organization().url(f"/mail/unsubscribe/{link.token}/")


def address_of(token: str) -> str | None:
    """Return the address that a link was made for, None for a link that isn't ours."""
    link = UnsubscribeLink.objects.filter(token=token).first()
    return link.email if link else None


def unsubscribe(token: str) -> str | None:
    """Send the link's address nothing that goes to many from now on; return it, None for a link that isn't ours."""
    email = address_of(token)
    if email is not None:
        suppress(email, SuppressedAddress.Reason.UNSUBSCRIBED)
    return email


def resubscribe(token: str) -> str | None:
    """Take back what `unsubscribe` did; return the address, None for a link that isn't ours."""
    email = address_of(token)
    if email is not None:
        SuppressedAddress.objects.filter(email=email, reason=SuppressedAddress.Reason.UNSUBSCRIBED).delete()
    return email


def suppress(email: str, reason: SuppressedAddress.Reason) -> SuppressedAddress:
    """Return the entry that keeps mail away from `email`. An address that doesn't exist outweighs every wish."""
    with transaction.atomic():
        entry, created = SuppressedAddress.objects.select_for_update().get_or_create(
            email=email.lower(), defaults={"reason": reason}
        )
        if not created and reason == SuppressedAddress.Reason.BOUNCED:
            entry.reason = reason
            entry.save(update_fields=["reason"])
        return entry


def wanted(recipients: list[str], *, bulk: bool) -> list[str]:
    """Return those of `recipients` that may get a mail: none that bounced, and of mails to many none that objected."""
    entries = SuppressedAddress.objects.filter(email__in=[address.lower() for address in recipients])
    if not bulk:
        entries = entries.filter(reason=SuppressedAddress.Reason.BOUNCED)
    refused = set(entries.values_list("email", flat=True))
    return [address for address in recipients if address.lower() not in refused]
