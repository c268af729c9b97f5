"""Two-step verification: the issuer name that authenticator apps show, and how secrets are encrypted."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from bandstand.database.connection import connection
from bandstand.encryption import keys

PURPOSE = "second factors"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is untyped
    """Encrypts secrets with a key derived from SECRET_KEY; values written under former keys stay readable."""

    def get_totp_issuer(self) -> str:
        """Return the issuer that the app shows: the portal's name, or the platform's host."""
        return str(getattr(connection.tenant, "name", "") or settings.BASE_DOMAIN)

    def encrypt(self, text: str) -> str:
        return keys.encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. Raises LostKeyError if none of the keys can decrypt it."""
        return keys.decrypt(encrypted_text, purpose=PURPOSE)
