"""Keys derived from SECRET_KEY, one per purpose. Values encrypted with a former key can be read as long as it is listed
in SECRET_KEY_FALLBACKS; `renewed` encrypts them with the current one."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class LostKeyError(LookupError):
    """None of the keys can decrypt this."""


def encrypt(text: str, *, purpose: str) -> str:
    """Return `text` encrypted with the current key."""
    return _key(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """Return the decrypted text. Raises LostKeyError if none of the keys for this purpose fits."""
    try:
        return _keys(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise LostKeyError(
            f"Neither SECRET_KEY nor SECRET_KEY_FALLBACKS reads what was written for “{purpose}”."
        ) from None


def renewed(encrypted: str, *, purpose: str) -> str | None:
    """Return the value encrypted with the current key, or None if it already is. Raises LostKeyError."""
    try:
        _key(settings.SECRET_KEY, purpose).decrypt(encrypted.encode())
    except InvalidToken:
        return encrypt(decrypt(encrypted, purpose=purpose), purpose=purpose)
    return None


def _keys(purpose: str) -> MultiFernet:
    return MultiFernet([_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=32)
def _key(secret: str, purpose: str) -> Fernet:
    """Return a key for this purpose alone. Source: RFC 5869."""
    derived = HKDF(SHA256(), length=32, salt=None, info=f"bandstand {purpose}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
