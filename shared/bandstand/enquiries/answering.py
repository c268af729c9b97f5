"""Answers to visitors' messages: the team's go out by email, and what comes back lands in the thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.enquiries.incoming_mail import IncomingMail
from bandstand.enquiries.job_kinds import TELL_OF_REPLY, TellOfReply
from bandstand.enquiries.models import BlockedSender, Enquiry, Reply
from bandstand.enquiries.quoting import quoted
from bandstand.enquiries.reply_addresses import ThreadPlace, place_of, reply_address
from bandstand.enquiries.submitting import contact_address, enquiry_recipients
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.sending import PartOfThread, new_message_id, send_template
from bandstand.organizations.current import current_organization
from bandstand.organizations.models import Organization

MOST_PER_HOUR = 20  # emails into one thread: two programs that answer each other stop there
MOST_QUOTED = 10  # of a thread, the latest

log = structlog.get_logger("bandstand.enquiries")


class TooManyMailsError(Exception):
    """The visitor's address gets no more emails at present."""


class NoSuchThreadError(Exception):
    """No address of the email leads to a thread."""


class ThreadIsFullError(Exception):
    """More emails came into a thread than people write."""


class ThreadAwayError(Exception):
    """The portal takes nothing at present; later it may."""


@dataclass(frozen=True)
class Quoted:
    """A message of the thread, as an answer quotes it."""

    who: str
    at: datetime
    text: str

    @property
    def with_marks(self) -> str:
        """The text with a mark before each line."""
        return quoted(self.text)


@transaction.atomic
def enquiry_answer(*, enquiry: Enquiry, text: str, by: User) -> Reply:
    """Return the stored answer, which is emailed to the visitor with the thread below it. The message is answered.

    Raises TooManyMailsError.
    """
    locked = Enquiry.objects.select_for_update(of=("self",), no_key=True).select_related("band").get(pk=enquiry.pk)
    before = list(locked.replies.all())
    reply = locked.replies.create(
        from_team=True, sender_name=str(by)[:120], text=text.strip(), message_id=new_message_id()
    )
    mail = send_template(
        "enquiry_answer",
        to=locked.sender_email,
        context={"enquiry": locked, "reply": reply, "thread": _quoted(locked, before)},
        language=current_organization().language,
        reply_to=reply_address(locked) or _team_address(locked.band, by),
        created_by=str(by),
        key=reply.mail_key,
        thread=PartOfThread(reply.message_id, [each.message_id for each in before]),
    )
    if mail.state != OutgoingMessage.State.WAITING:
        raise TooManyMailsError
    locked.state = Enquiry.State.ANSWERED
    locked.save(update_fields=["state"])
    return reply


def mail_receive(mail: IncomingMail, *, recipient: str = "") -> Reply | None:
    """Return the email's place in the thread that `recipient`, or an address in its headers, leads to.

    None for what isn't kept: automatic answers, and emails from blocked senders. Raises NoSuchThreadError,
    ThreadIsFullError, ThreadAwayError.
    """
    addresses = [recipient] if recipient else mail.recipients
    place = next((found for address in addresses if (found := place_of(address))), None)
    organization = Organization.objects.with_host().filter(schema_name=place.schema).first() if place else None
    if place is None or organization is None or organization.state == Organization.State.DELETING:
        raise NoSuchThreadError
    if organization.is_elsewhere or organization.is_read_only:
        raise ThreadAwayError
    with tenant_context(organization):
        return _receive(mail, place)


@transaction.atomic
def _receive(mail: IncomingMail, place: ThreadPlace) -> Reply | None:
    found = Enquiry.objects.wanted().select_for_update(of=("self",), no_key=True).filter(pk=place.number)
    enquiry = found.select_related("band").first()
    if enquiry is None:
        raise NoSuchThreadError
    if known := enquiry.replies.filter(message_id=mail.message_id).first():
        return known  # the mail server handed it over once more
    if mail.is_automatic or BlockedSender.objects.matching(mail.sender_email).exists():
        log.info("mail not kept", schema=place.schema, is_automatic=mail.is_automatic)
        return None
    if enquiry.replies.received_since(timezone.now() - timedelta(hours=1)).count() >= MOST_PER_HOUR:
        raise ThreadIsFullError
    reply = enquiry.replies.create(
        sender_name=mail.sender_name,
        sender_email=mail.sender_email,
        text=mail.text,
        attachments=mail.attachments,
        message_id=mail.message_id,
    )
    enquiry.state = Enquiry.State.NEW
    enquiry.save(update_fields=["state"])
    if enquiry.is_passed_on:
        _pass_on(reply, enquiry)
    return reply


def _pass_on(reply: Reply, enquiry: Enquiry) -> None:
    organization = current_organization()
    if recipients := enquiry_recipients(enquiry.band):  # none where all owners chose not to get them
        send_template(
            "enquiry_reply",
            to=recipients,
            context={
                "reply": reply,
                "addressee": enquiry.addressee,
                "thread_url": organization.team_url(f"/backstage/enquiries/{enquiry.pk}/"),
            },
            language=organization.language,
        )
    enqueue(TELL_OF_REPLY, TellOfReply(reply.pk), organization=organization)


def _team_address(band: Band | None, by: User) -> str:
    """Return where an answer to the answer goes without an address of the thread."""
    address = contact_address(band)
    return address or ("" if by.is_support else by.email)


def _quoted(enquiry: Enquiry, replies: list[Reply]) -> list[Quoted]:
    """Return the thread, the latest message first."""
    visitor = enquiry.sender_name or enquiry.sender_email
    first = Quoted(visitor, enquiry.created_at, enquiry.message)
    later = [Quoted(str(each), each.created_at, each.parts[0]) for each in replies]
    return [first, *later][-MOST_QUOTED:][::-1]
