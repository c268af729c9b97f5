"""Tokens in links to an account, worthless outside of the portal that issued them."""

from __future__ import annotations

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.contrib.auth.base_user import AbstractBaseUser

from bandstand.database.connection import connection


class PasswordResetTokenGenerator(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """allauth's tokens, with the schema among what they sign.

    Without it, two accounts with one id, one address and one password (an owner's first accounts in two portals) would
    accept each other's links.
    """

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        return f"{connection.schema_name}:{super()._make_hash_value(user, timestamp)}"
