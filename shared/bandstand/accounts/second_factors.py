"""Second factors: what authenticator apps call the account, and how their secrets are kept."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from bandstand.database.connection import connection
from bandstand.encryption import keys

PURPOSE = "second factors"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is untyped
    """Keeps secrets encrypted with a key made of SECRET_KEY; a new key reads what the ones before it wrote."""

    def get_totp_issuer(self) -> str:
        """Return what the app shows above the code: the portal's name, or the platform's host."""
        return str(getattr(connection.tenant, "name", "") or settings.BASE_DOMAIN)

    def encrypt(self, text: str) -> str:
        """Return what stands in the table."""
        return keys.encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. Raises LostKeyError for what none of the keys wrote."""
        return keys.decrypt(encrypted_text, purpose=PURPOSE)
