"""Tokens for password reset links, valid only in the portal that issued them."""

from __future__ import annotations

from django.contrib.auth import tokens

from bandstand.accounts.models import User
from bandstand.database.connection import connection


class PasswordResetTokenGenerator(tokens.PasswordResetTokenGenerator):
    """Django's tokens, which a new password, address or log-in invalidates, with the schema added to the signed values.

    Otherwise two accounts with the same id, address and password hash, as an owner may have in two portals, would
    accept each other's links.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{connection.schema_name}:{super()._make_hash_value(user, timestamp)}"
