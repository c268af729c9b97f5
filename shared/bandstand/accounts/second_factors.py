"""Second factors: what authenticator apps call the account, and how their secrets are kept."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from bandstand.database.connection import connection

_PURPOSE = b"bandstand second factors"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is untyped
    """Keeps secrets encrypted with a key made of SECRET_KEY; a new key reads what the ones before it wrote."""

    def get_totp_issuer(self) -> str:
        """Return what the app shows above the code: the portal's name, or the platform's host."""
        return str(getattr(connection.tenant, "name", "") or settings.BASE_DOMAIN)

    def encrypt(self, text: str) -> str:
        """Return what stands in the table."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. Raises InvalidToken for what none of the keys wrote."""
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    """Return a key for this purpose alone. Source: RFC 5869."""
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
