"""Sends a mail through Django's mail backend: SMTP, or a provider by Anymail."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone

from bandstand.mail.job_kinds import SEND_MAIL, SendMail
from bandstand.mail.models import OutgoingMessage
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(SEND_MAIL)
def send_mail(payload: SendMail, run: Run) -> None:
    """Hand the mail to the provider once. An outage raises and is retried by the kind's patient policy."""
    message = OutgoingMessage.objects.unsent().filter(pk=payload.message_id).first()
    if message is None:
        return
    OutgoingMessage.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1)
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        message.sender,
        message.recipients,
        cc=message.cc,
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=_headers(message),
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    mail.send()
    status = getattr(mail, "anymail_status", None)
    OutgoingMessage.objects.filter(pk=message.pk).update(
        state=OutgoingMessage.State.SENT,
        sent_at=timezone.now(),
        provider_id=str(getattr(status, "message_id", None) or ""),
        problem="",
    )


def _headers(message: OutgoingMessage) -> dict[str, str]:
    # The same Message-ID at every attempt: if a worker dies between sending and saying so, mailboxes see one mail.
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
