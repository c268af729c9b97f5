"""Reads an email as a mail server hands it over: who wrote what to whom. A stranger's bytes, so everything has bounds.

The parser keeps headers as they came (`compat32`): the modern policy parses some of them in quadratic time.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr

import nh3
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bandstand.content.plain_text import clean_text, one_line
from bandstand.enquiries.models import REPLY_MAX_LENGTH
from bandstand.mail.sending import is_message_id

MOST_BYTES = 10 * 1024 * 1024
_MOST_LINES = 200_000
_MOST_MULTIPARTS = 50
_MOST_OF_A_HEADER = 4000  # characters
_MOST_OF_A_PART = 500_000  # bytes, of which REPLY_MAX_LENGTH characters are kept
_MOST_ATTACHMENTS = 1000
_NAME_MAX_LENGTH, _EMAIL_MAX_LENGTH = 120, 254
_MULTIPART = re.compile(rb"content-type:\s*multipart/", re.IGNORECASE)
_END_OF_BLOCK = re.compile(r"<(?:br|/(?:p|div|li|tr|h[1-6]|blockquote|pre|table))\b[^<>]{0,200}>", re.IGNORECASE)
_MANY_BLANK_LINES = re.compile(r"\n(?:[ \t\xa0]*\n){2,}")
# Where servers and programs say for whom a mail is; the first ones say what the envelope said.
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_AUTOMATIC = ("x-autoreply", "x-autorespond")


class UnreadableMailError(Exception):
    """What came isn't an email with an answer in it."""


@dataclass(frozen=True)
class IncomingMail:
    """What is kept of an email."""

    sender_name: str
    sender_email: str
    recipients: tuple[str, ...]
    message_id: str
    text: str
    attachments: int
    is_automatic: bool


def mail_read(raw: bytes) -> IncomingMail:
    """Return what is kept of the email. Raises UnreadableMailError."""
    if len(raw) > MOST_BYTES or raw.count(b"\n") > _MOST_LINES or len(_MULTIPART.findall(raw)) > _MOST_MULTIPARTS:
        raise UnreadableMailError("it is too large")
    try:
        return _read(raw)
    except (AssertionError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as problem:
        # ValueError includes what codecs and base64 raise; the others are what the parser raises for broken mails.
        raise UnreadableMailError("it can't be read") from problem


def _read(raw: bytes) -> IncomingMail:
    mail = message_from_bytes(raw)
    name, email = _sender(mail)
    bodies = [part for part in mail.walk() if not part.is_multipart()]
    attachments = sum(_is_attachment(part) for part in bodies)
    text = _text(bodies)
    if not text and not attachments:
        raise UnreadableMailError("there is no text in it")
    message_id = _header(mail, "message-id").strip()
    return IncomingMail(
        sender_name=name,
        sender_email=email,
        recipients=tuple(_recipients(mail)),
        message_id=message_id if is_message_id(message_id) else f"<{hashlib.sha256(raw).hexdigest()}@unnamed.invalid>",
        text=text,
        attachments=min(attachments, _MOST_ATTACHMENTS),
        is_automatic=_is_automatic(mail),
    )


def _sender(mail: Message) -> tuple[str, str]:
    name, email = parseaddr(_header(mail, "from"))
    try:
        validate_email(email)
    except ValidationError:
        raise UnreadableMailError("nobody is named as its sender") from None
    if len(email) > _EMAIL_MAX_LENGTH:
        raise UnreadableMailError("its sender's address is too long")
    return one_line(_decoded(name))[:_NAME_MAX_LENGTH].strip(), email


def _recipients(mail: Message) -> Iterator[str]:
    for name in _RECIPIENTS:
        values = [str(value)[:_MOST_OF_A_HEADER] for value in (mail.get_all(name) or [])[:10]]
        yield from (address for _name, address in getaddresses(values) if address)


def _is_automatic(mail: Message) -> bool:
    """Whether a program answered, or reports what became of a mail. Source: RFC 3834, 2."""
    submitted = _header(mail, "auto-submitted").strip().lower()
    precedence = _header(mail, "precedence").strip().lower()
    return (
        (submitted != "" and not submitted.startswith("no"))
        or precedence in {"bulk", "junk", "auto_reply"}
        or _header(mail, "return-path").strip() == "<>"
        or mail.get_content_type() == "multipart/report"
        or any(name in mail for name in _AUTOMATIC)
    )


def _is_attachment(part: Message) -> bool:
    is_text = part.get_content_type() in {"text/plain", "text/html"}
    return part.get_content_disposition() == "attachment" or not is_text


def _text(bodies: list[Message]) -> str:
    """Return the first text that says something, of what is plain before what is HTML."""
    for kind in ("text/plain", "text/html"):
        for part in bodies:
            if part.get_content_type() == kind and not _is_attachment(part):
                content = _content(part)
                tidy = _tidy(_without_markup(content) if kind == "text/html" else content)
                if tidy:
                    return tidy
    return ""


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload[:_MOST_OF_A_PART] if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that nobody knows
        return data.decode("utf-8", "replace")


def _without_markup(text: str) -> str:
    """Return the words of HTML, with a new line where a block ends."""
    blocks = _END_OF_BLOCK.sub(lambda found: f"\n{found[0]}", text.replace("\r", "").replace("\n", " "))
    bare = nh3.clean(blocks, tags=set(), clean_content_tags={"script", "style", "title", "template"})
    return "\n".join(" ".join(line.split()) for line in html.unescape(bare).split("\n"))


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in clean_text(text).split("\n"))
    whole = _MANY_BLANK_LINES.sub("\n\n", lines).strip()
    return whole if len(whole) <= REPLY_MAX_LENGTH else f"{whole[: REPLY_MAX_LENGTH - 1]}…"


def _header(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))[:_MOST_OF_A_HEADER]


def _decoded(text: str) -> str:
    """Return a header's text without RFC 2047's encoding; as it is where that is broken."""
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text
