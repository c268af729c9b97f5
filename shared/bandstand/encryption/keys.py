"""Keys derived from SECRET_KEY, one per purpose. Values encrypted with a former key can be read as long as it is listed
in SECRET_KEY_FALLBACKS; `renewed` encrypts them with the current one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.management.base import CommandError

_VERSION = b"\x80"


class LostKeyError(CommandError, LookupError):
    """None of the keys can decrypt this. A command that meets it ends with this sentence instead of a traceback."""


def encrypt(text: str, *, purpose: str) -> str:
    """Return `text` encrypted with the current key."""
    return _key(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """Return the decrypted text. Raises LostKeyError if none of the keys for this purpose fits."""
    try:
        return _keys(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise LostKeyError(
            f"Neither SECRET_KEY nor SECRET_KEY_FALLBACKS reads what was written for “{purpose}”{_when(encrypted)}."
            " Put the key of that time into SECRET_KEY_FALLBACKS."
        ) from None


def renewed(encrypted: str, *, purpose: str) -> str | None:
    """Return the value encrypted with the current key, or None if it already is. Raises LostKeyError."""
    try:
        _key(settings.SECRET_KEY, purpose).decrypt(encrypted.encode())
    except InvalidToken:
        return encrypt(decrypt(encrypted, purpose=purpose), purpose=purpose)
    return None


def written_at(encrypted: str) -> datetime | None:
    """Return when a value was encrypted, which no key is needed for; else None. Source: Fernet's specification."""
    try:
        head = base64.urlsafe_b64decode(encrypted[:12])
        return datetime.fromtimestamp(int.from_bytes(head[1:9]), UTC) if head[:1] == _VERSION else None
    except (ValueError, OverflowError, OSError):
        return None


def _when(encrypted: str) -> str:
    moment = written_at(encrypted)
    return f" on {moment:%Y-%m-%d}" if moment else ""


def _keys(purpose: str) -> MultiFernet:
    return MultiFernet([_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=32)
def _key(secret: str, purpose: str) -> Fernet:
    """Return a key for this purpose alone. Source: RFC 5869."""
    derived = HKDF(SHA256(), length=32, salt=None, info=f"bandstand {purpose}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
