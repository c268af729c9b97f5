"""Passwords of pages: stored hashed, and what a browser keeps after giving the right one.

That says which portal, which page and which password it was, so it opens nothing else, and nothing any more once the
password is another one. No session is made of it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing

from bandstand.database.connection import connection
from bandstand.pages.models import Page

KEPT = timedelta(days=30)
_SALT = "bandstand.pages.unlocked"


def password_set(page: Page, password: str) -> None:
    """Give the page another password, once it is saved."""
    page.password = make_password(password)


def is_password(page: Page, password: str) -> bool:
    """Whether this opens the page."""
    return bool(page.password) and check_password(password, page.password)


def unlocking(page: Page) -> str:
    """Return what a browser that gave the password keeps."""
    return signing.dumps(_version(page), salt=_SALT)


def is_unlocked_by(page: Page, kept: str) -> bool:
    """Whether a browser that sends this gave the page's password of today, not too long ago."""
    try:
        return bool(page.password) and signing.loads(kept, salt=_SALT, max_age=KEPT) == _version(page)
    except signing.BadSignature:
        return False


def _version(page: Page) -> str:
    said = "/".join((connection.schema_name, str(page.uid), page.password))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
