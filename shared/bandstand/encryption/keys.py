"""Keys made of SECRET_KEY, one for each purpose. What a former key wrote is read as long as SECRET_KEY_FALLBACKS names
it, and `renewed` writes it again with the present one."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class LostKeyError(LookupError):
    """None of the keys reads this."""


def encrypt(text: str, *, purpose: str) -> str:
    """Return what may stand in a table."""
    return _key(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """Return the secret. Raises LostKeyError for what none of the keys wrote for this purpose."""
    try:
        return _keys(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise LostKeyError(
            f"Neither SECRET_KEY nor SECRET_KEY_FALLBACKS reads what was written for “{purpose}”."
        ) from None


def renewed(encrypted: str, *, purpose: str) -> str | None:
    """Return the same secret under the present key, or None if it is already. Raises LostKeyError."""
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
