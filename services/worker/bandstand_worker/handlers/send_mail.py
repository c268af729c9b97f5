"""Sends an email through Django's mail backend: SMTP, or a provider's API through Anymail."""

from __future__ import annotations

import random
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from time import monotonic

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from bandstand.database.connection import connection
from bandstand.mail.bouncing import Fate, origin_of, record_fate, record_undelivered
from bandstand.mail.counting import NoMailsLeftError, mail_count
from bandstand.mail.job_kinds import SEND_BULK_MAIL, SEND_MAIL, SendMail
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.unsubscribing import wanted
from bandstand.notices.telling import is_still_due
from bandstand_worker.registry import handles
from bandstand_worker.run import RetryLater, Run

HOUR = timedelta(hours=1)
KEPT_OPEN = 5.0  # seconds; a connection that has been idle for longer isn't reused
PERMANENT = 500  # replies from here on are permanent failures. Source: RFC 5321, section 4.2.1
# A full mailbox, which its owner empties, or too many recipients: to be treated as 452. Source: RFC 5321, 4.5.3.1.10
FULL = 552
TOO_LARGE = "5.3.4"  # sent with 552 too, and final. Source: RFC 3463, 3.4


class ProviderLine:
    """This process's connection to the provider, reused for emails in quick succession."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None
        self._used_at = 0.0

    @contextmanager
    def open(self) -> Iterator[BaseEmailBackend]:
        """Yield a backend, reusing the last one if it was used a moment ago and didn't fail."""
        try:
            if self._backend is None or monotonic() - self._used_at > KEPT_OPEN:
                self.close()
                self._backend = get_connection()
                self._backend.open()
            yield self._backend
        except BaseException:
            self.close()
            raise
        self._used_at = monotonic()

    def close(self) -> None:
        if self._backend is not None:
            backend, self._backend = self._backend, None
            backend.close()


_line = ProviderLine()
hang_up = _line.close


@handles(SEND_MAIL)
def send_mail(payload: SendMail, run: Run) -> None:
    """Hand the email to the provider once. An outage raises, and the kind's retry policy tries again."""
    message = OutgoingMessage.objects.unsent().filter(pk=payload.message_id).first()
    if message is None:
        return
    recipients = wanted(message.recipients, bulk=message.is_bulk)
    if not recipients:
        record_undelivered(message, OutgoingMessage.State.SUPPRESSED)
        return
    if not is_still_due(message):
        OutgoingMessage.objects.filter(pk=message.pk).end(OutgoingMessage.State.SUPPRESSED)
        return
    _keep_to_the_limit(message)
    _keep_to_the_plan(message)
    OutgoingMessage.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1)
    mail = _mail(message, recipients)
    try:
        with _line.open() as backend:
            mail.connection = backend
            mail.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, AnymailRecipientsRefused) as problem:
        if not _give_up(message, recipients, problem):
            raise
        return
    _note_sent(message, mail)


handles(SEND_BULK_MAIL)(send_mail)


def _keep_to_the_limit(message: OutgoingMessage) -> None:
    """Postpone the email if the organization has reached its hourly limit.

    Essential emails, bulk mail and the rest are counted separately, so that neither a mailing nor visitors' messages
    hold up a code. Raises RetryLater.
    """
    limit = settings.ENVIRONMENT.mails_per_hour
    if not limit:
        return
    sent = OutgoingMessage.objects.sent_since(timezone.now() - HOUR).counted_with(message)
    if sent.order_by()[:limit].count() >= limit:
        # Spread the retries, as each minute makes room for only some of the waiting emails.
        raise RetryLater(delay=timedelta(seconds=random.uniform(60, 600)), counts=False)  # noqa: S311 # spreads load, guards nothing


def _keep_to_the_plan(message: OutgoingMessage) -> None:
    """Postpone the email while its portal has used up its plan's daily emails. Raises RetryLater."""
    try:
        mail_count(message)
    except NoMailsLeftError as problem:
        # Add a random delay, as not all waiting emails can be sent at the first moment.
        jitter = timedelta(seconds=random.uniform(60, 1800))  # noqa: S311 # spreads load, guards nothing
        raise RetryLater(delay=problem.until - timezone.now() + jitter, counts=False) from None


def _mail(message: OutgoingMessage, recipients: list[str]) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        message.sender,
        recipients,
        cc=wanted(message.cc, bulk=message.is_bulk),
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=_headers(message),
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    # Providers return it with later events such as bounces. Source: Anymail, "metadata".
    mail.metadata = origin_of(message, connection.schema_name)  # type: ignore[attr-defined]
    return mail


def _headers(message: OutgoingMessage) -> dict[str, str]:
    # The same Message-ID at every attempt, so mailboxes can drop the duplicate if a worker dies right after sending.
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated", **(message.headers or {})}
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _note_sent(message: OutgoingMessage, mail: EmailMultiAlternatives) -> None:
    status = getattr(mail, "anymail_status", None)
    OutgoingMessage.objects.filter(pk=message.pk).end(
        OutgoingMessage.State.SENT,
        sent_at=timezone.now(),
        provider_id=str(getattr(status, "message_id", None) or ""),
        problem="",
    )


def _give_up(message: OutgoingMessage, recipients: list[str], problem: Exception) -> bool:
    """Record a permanent refusal and return True; return False where a later attempt may succeed."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        refusals = problem.recipients
        if not all(_is_final(code, words) for code, words in refusals.values()):
            return False
        for address, (code, words) in refusals.items():
            _note_bounce(message, parseaddr(address)[1], f"{code} {_text(words)}")
        return True
    if isinstance(problem, AnymailRecipientsRefused):
        for address in recipients:
            _note_bounce(message, address, "refused by the provider")
        return True
    if isinstance(problem, smtplib.SMTPDataError) and _is_final(problem.smtp_code, problem.smtp_error):
        said = f"{problem.smtp_code} {_text(problem.smtp_error)}"
        record_undelivered(message, OutgoingMessage.State.FAILED, problem=said)
        return True
    return False  # a refused log-in or sender is for the operator to fix; the email waits


def _is_final(code: int, words: bytes | str) -> bool:
    """Whether trying again would be in vain."""
    if code == FULL:
        return TOO_LARGE in _text(words)
    return code >= PERMANENT


def _note_bounce(message: OutgoingMessage, address: str, words: str) -> None:
    origin = origin_of(message, connection.schema_name)
    record_fate(origin=origin, email=address, fate=Fate.BOUNCED, problem=words)


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
