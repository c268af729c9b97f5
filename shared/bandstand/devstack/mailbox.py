"""Email in development: each message becomes a file, which the platform's `/mailbox/` shows in the browser."""

from __future__ import annotations

import email
import email.policy
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as ParsedMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class EmailBackend(BaseEmailBackend):
    """Saves emails as .eml files in settings.MAILBOX instead of sending them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAILBOX.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}"
            unfinished = settings.MAILBOX / f".{name}"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(settings.MAILBOX / f"{name}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """One saved message, as the mailbox shows it."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str


def latest(limit: int = 100) -> list[Mail]:
    """Return the latest messages, newest first."""
    files = sorted(settings.MAILBOX.glob("*.eml"), reverse=True)[:limit]
    return [_read(path) for path in files]


def find(name: str) -> Mail | None:
    """Return the message with this file name, or None."""
    return next((_read(path) for path in settings.MAILBOX.glob("*.eml") if path.stem == name), None)


def _read(path: Path) -> Mail:
    message: ParsedMessage = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return Mail(
        name=path.stem,
        at=datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone()),
        sender=str(message["from"]),
        to=str(message["to"]),
        subject=str(message["subject"]),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: ParsedMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
