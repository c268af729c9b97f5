"""Stores visitors' messages and forwards them by email."""

from __future__ import annotations

from django.db import transaction

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.enquiries.job_kinds import TELL_OF_MESSAGE, TellOfMessage
from bandstand.enquiries.models import BlockedSender, Enquiry
from bandstand.enquiries.screening import is_spam
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.sending import send_template
from bandstand.notices.models import EmailChoice
from bandstand.organizations.current import current_organization
from bandstand.portals.models import PortalSettings


@transaction.atomic
def enquiry_submit(
    *, band: Band | None, subject: str, message: str, sender_email: str, sender_name: str = "", cc_myself: bool = False
) -> Enquiry:
    """Return the stored message to `band`, or to the organization; unless it is spam, emails about it are queued.

    They go to its contacts, and to the sender if requested. The sender's address isn't verified, so the email
    there only confirms the receipt and never quotes the message.
    """
    enquiry = Enquiry(
        band=band,
        subject=" ".join(subject.split()),
        message=message.strip(),
        sender_email=sender_email,
        sender_name=" ".join(sender_name.split()),
        cc_myself=cc_myself,
    )
    enquiry.state = Enquiry.State.SPAM if is_spam(enquiry) else Enquiry.State.NEW
    enquiry.save()
    if enquiry.state == Enquiry.State.NEW:
        _pass_on(enquiry)
    return enquiry


@transaction.atomic
def enquiry_release(*, enquiry: Enquiry) -> None:
    """Mark the message as not spam, and forward it as if it had just arrived, unless its band has been deleted."""
    if Enquiry.objects.filter(pk=enquiry.pk, state=Enquiry.State.SPAM).update(state=Enquiry.State.NEW):
        enquiry.refresh_from_db()
        _pass_on(enquiry)


@transaction.atomic
def sender_block(*, enquiry: Enquiry) -> BlockedSender:
    """Block the sender, mark this message as spam, and return the entry of the block list."""
    blocked, _new = BlockedSender.objects.get_or_create(pattern=enquiry.sender_email.strip().lower())
    Enquiry.objects.filter(pk=enquiry.pk).update(state=Enquiry.State.SPAM)
    return blocked


def _pass_on(enquiry: Enquiry) -> None:
    organization, band = current_organization(), enquiry.band
    if not enquiry.is_passed_on:  # released from spam later than the band was deleted
        return
    context = {
        "enquiry": enquiry,
        "addressee": enquiry.addressee,
        "addressee_url": organization.url(band.get_absolute_url() if band else "/"),
        "thread_url": organization.team_url(f"/backstage/enquiries/{enquiry.pk}/"),
    }
    if recipients := enquiry_recipients(band):  # none where all owners chose not to get them
        send_template(
            "enquiry", to=recipients, context=context, reply_to=enquiry.sender_email, language=organization.language
        )
    enqueue(TELL_OF_MESSAGE, TellOfMessage(enquiry.pk), organization=organization)
    if enquiry.cc_myself:
        without_message = {name: value for name, value in context.items() if name != "enquiry"}
        send_template("enquiry_copy", to=enquiry.sender_email, context=without_message)


def usual_recipients(band: Band | None) -> list[str]:
    """Return whom messages to `band` go to: its own address, or the portal's, or the portal's owners.

    Without a band, those to the organization.
    """
    address = contact_address(band)
    return [address] if address else list(roles.holders(roles.OWNER).values_list("email", flat=True))


def enquiry_recipients(band: Band | None) -> list[str]:
    """Return the usual recipients, without owners who chose not to get messages to `band`, or any."""
    address = contact_address(band)
    if address:
        return [address]
    declined = EmailChoice.objects.without_messages_of(band).values("person")
    return list(roles.holders(roles.OWNER).exclude(pk__in=declined).values_list("email", flat=True))


def contact_address(band: Band | None) -> str:
    """Return the address of the band, or that of the portal; "" where there is neither."""
    return (band.contact_email if band else "") or PortalSettings.objects.current().contact_email
