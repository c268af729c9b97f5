"""Adapts allauth: its own sign-up form is closed, and its emails go through the job queue."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.template.loader import render_to_string

from bandstand.accounts.client_address import client_address
from bandstand.mail.sending import brand, host, send

# Anybody can cause these for any address, and they carry no code: they don't use up the limit of those that do.
_OF_STRANGERS = ("account/email/unknown_account",)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes allauth's sign-up: accounts come from the platform's sign-up and from invitations."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False, which closes allauth's own sign-up page."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address used for rate limits, the list of sessions and the security log."""
        return client_address(request) or ""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Store the email in the current schema; a job sends it once the request's transaction commits.

        Codes and links are stored in that row only, never in a job or a log line.
        """
        # A code may go to an unverified address, so its email names the portal by host, never by user-supplied text.
        is_code = template_prefix.startswith("account/email/email_confirmation")
        values = {"brand": host() if is_code else brand(), "host": host(), "request": self.request, "email": email}
        values |= context
        message = self.render_mail(template_prefix, email, values)
        html = next((str(content) for content, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
        if not html:
            html = render_to_string("mail/plain.html", {**values, "text": message.body})
        is_essential = not template_prefix.startswith(_OF_STRANGERS)
        send(to=email, subject=str(message.subject), text=str(message.body), html=html, is_essential=is_essential)
