"""Validates and normalizes domain names that people type or paste."""

from __future__ import annotations

import re

import idna
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.addresses import InvalidHostError, normalize_host

NAME_MAX_LENGTH = 253 - len("_bandstand.")  # the ownership record is one label below
# Top-level domains that are never in the public DNS (RFC 6761, 6762, 7686, 8375, 9476).
_SPECIAL_ENDINGS = frozenset({"alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"})
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_WWW = "www."


def parse_domain_name(raw: str) -> str:
    """Return the domain in `raw`, a name or a URL, in lower-case ASCII (IDNA).

    Raises ValidationError with a message for people.
    """
    text = raw.strip()
    text = re.sub(r"^[a-z]+://", "", text, flags=re.IGNORECASE)
    text = re.split(r"[/?#]", text, maxsplit=1)[0]
    if "@" in text or "*" in text:
        raise ValidationError(_("Enter a domain such as www.theband.com, nothing else."), code="characters")
    try:
        name = normalize_host(text)
    except InvalidHostError:
        raise ValidationError(_("This isn't a domain. A domain looks like www.theband.com."), code="invalid") from None
    ours = {settings.BASE_DOMAIN, settings.DOMAINS_TARGET, settings.MEDIA_HOST}
    if name in ours or name.endswith(f".{settings.BASE_DOMAIN}"):
        raise ValidationError(_("This address belongs to the platform. Enter a domain of your own."), code="platform")
    _check_form(name)
    return name


def _check_form(name: str) -> None:
    labels = name.split(".")
    if len(labels) == 1 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise ValidationError(_("This isn't a domain. A domain looks like www.theband.com."), code="invalid")
    if len(name) > NAME_MAX_LENGTH:
        raise ValidationError(_("This domain is too long."), code="length")
    if labels[-1] in _SPECIAL_ENDINGS:
        raise ValidationError(_("Domains that end with .%s don't exist on the internet.") % labels[-1], code="special")


def shown_name(name: str) -> str:
    """Return the name in Unicode, such as grüße.de; the ASCII form if it can't be displayed faithfully."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def counterpart(name: str) -> str:
    """Return the name with `www.` added, or removed if it has it."""
    return name.removeprefix(_WWW) if name.startswith(_WWW) else _WWW + name


def may_be_apex(name: str) -> bool:
    """Guess whether the name is an apex domain, which can't have a CNAME, before the DNS has been queried."""
    return name.count(".") == 1
