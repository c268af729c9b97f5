"""Reading the mail that the current schema has on its way."""

from __future__ import annotations

import re

from bandstand.mail.models import OutgoingMessage


def newest_mail_to(address: str) -> OutgoingMessage:
    """Return the newest mail to `address`. Raises AssertionError when there is none."""
    message = OutgoingMessage.objects.filter(recipients__contains=[address]).order_by("-pk").first()
    assert message is not None, f"no mail to {address}"
    return message


def code_in(message: OutgoingMessage) -> str:
    """Return the code that the mail carries."""
    found = re.search(r"\b[B-Z]{4}-[B-Z]{4}\b", message.text)
    assert found, message.text
    return found.group()


def link_in(message: OutgoingMessage) -> str:
    """Return the first link that the mail carries."""
    found = re.search(r"https?://\S+", message.text)
    assert found, message.text
    return found.group()
