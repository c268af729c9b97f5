"""Addresses to which answers to an answer go: each leads to one thread, and nobody can make one up.

The operator's address carries portal, message and a signature as its detail (RFC 5233). Mail servers fold the case of
local parts, so all of it is lower case, and fits into 64 characters.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from bandstand.content.whole_numbers import whole_number
from bandstand.enquiries.models import Enquiry
from bandstand.organizations.current import current_organization
from bandstand.organizations.models import SCHEMA_PREFIX

_SALT = "bandstand.enquiries.reply_addresses"
_SIGNATURE_LENGTH = 20  # characters of base32: 100 bits
_DETAIL = re.compile(rf"([a-z0-9]+)-([0-9]+)-([a-z2-7]{{{_SIGNATURE_LENGTH}}})", re.ASCII)


@dataclass(frozen=True)
class ThreadPlace:
    """A thread: the portal's schema, and the number of the message there."""

    schema: str
    number: int


def reply_address(enquiry: Enquiry) -> str:
    """Return the address that leads to the thread of the message; "" where the operator has set up none."""
    if not settings.REPLY_ADDRESS:
        return ""
    local, _at, domain = settings.REPLY_ADDRESS.partition("@")
    schema = current_organization().schema_name
    signature = _signature(schema, enquiry.pk, settings.SECRET_KEY)
    return f"{local}+{schema.removeprefix(SCHEMA_PREFIX)}-{enquiry.pk}-{signature}@{domain}"


def place_of(address: str) -> ThreadPlace | None:
    """Return where an address of ours leads; None for any other."""
    local, _at, domain = address.strip().lower().rpartition("@")
    ours, _at, our_domain = settings.REPLY_ADDRESS.partition("@")
    name, _plus, detail = local.partition("+")
    found = _DETAIL.fullmatch(detail) if settings.REPLY_ADDRESS and (name, domain) == (ours, our_domain) else None
    number = whole_number(found[2]) if found else None
    if found is None or number is None:
        return None
    schema = f"{SCHEMA_PREFIX}{found[1]}"
    right = [constant_time_compare(found[3], each) for each in _signatures(schema, number)]
    return ThreadPlace(schema, number) if any(right) else None


def _signatures(schema: str, number: int) -> Iterator[str]:
    return (_signature(schema, number, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _signature(schema: str, number: int, key: str) -> str:
    digest = salted_hmac(_SALT, f"{schema}:{number}", secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest).decode("ascii").lower()[:_SIGNATURE_LENGTH]
