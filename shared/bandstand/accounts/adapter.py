"""How allauth behaves here: nobody signs up by allauth's own form, mail goes out through the queue."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from the platform's sign-up and from invitations."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: allauth's own sign-up page stays closed."""
        return False
