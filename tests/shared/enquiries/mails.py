"""Emails as mail servers hand them over."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any


def raw_mail(
    text: str = "Yes, gladly!", *, sender: str = "Fan <fan@example.org>", to: str = "", **headers: Any
) -> bytes:
    """Return an email; in names of headers "_" stands for "-"."""
    mail = EmailMessage()
    mail["From"] = sender
    if to:
        mail["To"] = to
    if "Message_ID" not in headers:
        mail["Message-ID"] = "<1@example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()
