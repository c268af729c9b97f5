"""Tokens in links to an account, worthless outside of the portal that issued them."""

from __future__ import annotations

from django.contrib.auth import tokens

from bandstand.accounts.models import User
from bandstand.database.connection import connection


class PasswordResetTokenGenerator(tokens.PasswordResetTokenGenerator):
    """Django's tokens, which end with a new password, address or log-in, with the schema among what they sign.

    Without it, two accounts with one id, one address and one password (an owner's first accounts in two portals) would
    accept each other's links.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{connection.schema_name}:{super()._make_hash_value(user, timestamp)}"
