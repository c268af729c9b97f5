"""Taking a visitor's message in."""

from __future__ import annotations

from django.db import transaction

from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry


def enquiry_submit(
    *, band: Band, subject: str, message: str, sender_email: str, sender_name: str = "", cc_myself: bool = False
) -> Enquiry:
    """Return the stored message to `band`."""
    with transaction.atomic():
        return Enquiry.objects.create(
            band=band,
            subject=" ".join(subject.split()),
            message=message,
            sender_email=sender_email,
            sender_name=sender_name,
            cc_myself=cc_myself,
        )
