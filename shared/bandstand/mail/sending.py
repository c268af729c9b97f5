"""Sends email by storing a row in the current schema and enqueueing a job. Only the worker talks to the provider."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from bandstand.content.plain_text import one_line
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.kinds import Queue
from bandstand.mail.job_kinds import SEND_BULK_MAIL, SEND_MAIL, SendMail
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.recipient_limits import within_limits
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization

SUBJECT_MAX_LENGTH = 255
MOST_REFERENCES = 20
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,253}>")  # printable ASCII without angle brackets


@dataclass(frozen=True)
class PartOfThread:
    """What makes an email part of a conversation that a person leads: its Message-ID, and those of what came before.

    Autoresponders may answer it, unlike our other emails. Source: RFC 5322, 3.6.4; RFC 3834, 5.
    """

    message_id: str
    references: Sequence[str] = ()

    @property
    def headers(self) -> dict[str, str]:
        """The further headers. Raises ValueError for what isn't the Message-ID of a mail."""
        known = list(self.references)[-MOST_REFERENCES:]
        if not all(map(is_message_id, [self.message_id, *known])):
            raise ValueError("not a Message-ID")
        of_thread = {"In-Reply-To": known[-1], "References": " ".join(known)} if known else {}
        return {"Auto-Submitted": "no", **of_thread}


def send(
    *,
    to: str | Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    cc: Sequence[str] = (),
    reply_to: str = "",
    unsubscribe_url: str = "",
    language: str | None = None,
    created_by: str = "",
    key: str = "",
    is_essential: bool = False,
    thread: PartOfThread | None = None,
) -> OutgoingMessage:
    """Return the row of an email that is sent once the current transaction commits.

    The sender is the platform's address under the current organization's name; replies go to `reply_to`. With an
    `unsubscribe_url` (see `bandstand.mail.unsubscribing`) it is bulk mail: it has List-Unsubscribe headers (RFC 8058),
    waits behind other emails, and skips addresses that unsubscribed. A `key` makes the call idempotent: later calls
    return the first one's row, which handlers need, as they may run again. Account emails are `is_essential`: they
    never wait behind others, the portal's plan doesn't limit them, and they have limits of their own. Addresses over
    their limit are left out, see `recipient_limits`. What a person wrote says of which `thread` it is a part.
    """
    if key and (written := OutgoingMessage.objects.filter(key=key).first()):
        return written
    organization = _organization()
    with transaction.atomic():
        wanted = [to] if isinstance(to, str) else list(to)
        # Bulk mail goes to the team and can be unsubscribed from, so it isn't limited per address.
        allowed = wanted if unsubscribe_url else within_limits(wanted, is_essential=is_essential)
        message = OutgoingMessage.objects.create(
            recipients=allowed or wanted,
            cc=list(cc),
            sender=sender_for(organization),
            reply_to=reply_to,
            subject=one_line(subject)[:SUBJECT_MAX_LENGTH],
            text=text,
            html=html,
            language=language or translation.get_language() or settings.LANGUAGE_CODE,
            unsubscribe_url=unsubscribe_url,
            message_id=thread.message_id if thread else new_message_id(),
            headers=thread.headers if thread else None,
            key=key,
            is_essential=is_essential,
        )
        if not allowed:
            OutgoingMessage.objects.filter(pk=message.pk).end(
                OutgoingMessage.State.SUPPRESSED, problem="too many mails to this address"
            )
            message.refresh_from_db()
            return message
        kind = SEND_BULK_MAIL if message.is_bulk else SEND_MAIL
        # What visitors cause by the hundred takes no turn from a code that somebody is waiting for.
        queue = None if is_essential or message.is_bulk else Queue.DEFAULT
        enqueue(kind, SendMail(message.pk), organization=organization, created_by=created_by, queue=queue)
    return message


def send_template(
    name: str,
    *,
    to: str | Sequence[str],
    context: Mapping[str, Any],
    language: str | None = None,
    cc: Sequence[str] = (),
    reply_to: str = "",
    unsubscribe_url: str = "",
    created_by: str = "",
    key: str = "",
    is_essential: bool = False,
    thread: PartOfThread | None = None,
) -> OutgoingMessage:
    """Return the row of an email rendered from `mail/<name>.subject`, `.txt` and `.html`, as `send` does.

    Templates get `context`, `organization` (None on the platform), `brand` (the name to sign with) and `language`. Pass
    the reader's `language` if it is known; the default is the current one.
    """
    organization = _organization()
    chosen = language or translation.get_language() or settings.LANGUAGE_CODE
    values = {
        "organization": organization,
        "brand": brand(),
        "language": chosen,
        "unsubscribe_url": unsubscribe_url,
        **context,
    }
    with translation.override(chosen):
        return send(
            to=to,
            subject=_render(f"mail/{name}.subject", values),
            text=_render(f"mail/{name}.txt", values),
            html=_render(f"mail/{name}.html", values),
            cc=cc,
            reply_to=reply_to,
            unsubscribe_url=unsubscribe_url,
            language=chosen,
            created_by=created_by,
            key=key,
            is_essential=is_essential,
            thread=thread,
        )


def new_message_id() -> str:
    """Return the Message-ID of a new email."""
    return make_msgid(domain=settings.BASE_DOMAIN)


def is_message_id(text: str) -> bool:
    """Whether the text, perhaps a stranger's, can stand in the headers of an email as a Message-ID."""
    return bool(_MESSAGE_ID.fullmatch(text))


def brand() -> str:
    """Return the name that emails of the current schema are signed with."""
    organization = _organization()
    return organization.name if organization else "Bandstand"


def host() -> str:
    """Return the main host of the current schema."""
    organization = _organization()
    return organization.host if organization else settings.BASE_DOMAIN


def sender_for(organization: Organization | None) -> str:
    """Return the From header: the platform's address, under the organization's name if there is one."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    local, _at, domain = address.rpartition("@")
    shown = " ".join((organization.name if organization else name).split())
    return str(Address(display_name=shown, username=local, domain=domain))


def _render(template: str, values: Mapping[str, Any]) -> str:
    engine_template: Template = get_template(template).template  # type: ignore[attr-defined]
    return str(engine_template.render(Context(dict(values), autoescape=template.endswith(".html")))).strip() + "\n"


def _organization() -> Organization | None:
    try:
        return current_organization()
    except NoOrganizationError:
        return None
