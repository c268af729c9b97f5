"""Taking a visitor's message in, and passing it on by mail."""

from __future__ import annotations

from django.db import transaction

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry
from bandstand.mail.sending import send_template
from bandstand.organizations.current import current_organization
from bandstand.portals.models import PortalSettings


def enquiry_submit(
    *, band: Band, subject: str, message: str, sender_email: str, sender_name: str = "", cc_myself: bool = False
) -> Enquiry:
    """Return the stored message to `band`; mails to those who answer for it, and to the sender if wished, are queued.

    The sender's copy is a mail of its own, so the band's address, which is never shown, stays out of it.
    """
    organization = current_organization()
    with transaction.atomic():
        enquiry = Enquiry.objects.create(
            band=band,
            subject=" ".join(subject.split()),
            message=message.strip(),
            sender_email=sender_email,
            sender_name=" ".join(sender_name.split()),
            cc_myself=cc_myself,
        )
        context = {
            "enquiry": enquiry,
            "band": band,
            "band_url": organization.url(band.get_absolute_url()),
            "backstage_url": organization.team_url("/backstage/"),
        }
        send_template(
            "enquiry",
            to=enquiry_recipients(band),
            context=context,
            reply_to=sender_email,
            language=organization.language,
        )
        if cc_myself:
            send_template("enquiry_copy", to=sender_email, context=context)
        return enquiry


def enquiry_recipients(band: Band) -> list[str]:
    """Return who gets a message to `band`: its own address, else the portal's, else the owners of the portal."""
    address = band.contact_email or PortalSettings.objects.current().contact_email
    return [address] if address else list(roles.holders(roles.OWNER).values_list("email", flat=True))
