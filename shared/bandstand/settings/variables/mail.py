"""How mail goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bandstand.settings.variables.declaring import Variables, variable

# Anymail's providers, and its names for their keys.
MAIL_PROVIDERS = {
    "brevo": "BREVO_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "sendgrid": "SENDGRID_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}

# Short, as portal, message and signature follow within the 64 characters of a local part. Source: RFC 5321, 4.5.3.1.1
_REPLY_ADDRESS = re.compile(r"[a-z0-9]{1,12}@[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, kw_only=True)
class MailVariables(Variables):
    """Server or provider, sender, limits."""

    email_url: str = variable(
        development="consolemail://",
        secret=True,
        name="EMAIL_URL",
        about="Where mail goes: smtp+tls://user:password@host:587, or one of brevo, postmark, sendgrid, sparkpost.",
    )
    mail_key: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_MAIL_KEY",
        about="The mail provider's API key, unless mail goes by SMTP.",
    )
    mail_webhook_secret: str = variable(
        default="",
        secret=True,
        name="BANDSTAND_MAIL_WEBHOOK_SECRET",
        about="user:password with which the provider may report bounces at /hooks/mail/…; nobody may without it.",
    )
    mails_per_hour: int = variable(
        default=500,
        name="BANDSTAND_MAILS_PER_HOUR",
        about="Mails that one organization sends in an hour, those to many counted apart; more wait. 0 for no limit.",
    )
    mails_to_one_per_hour: int = variable(
        default=20,
        name="BANDSTAND_MAILS_TO_ONE_PER_HOUR",
        about="Mails that one address gets in an hour from all portals, codes and links to log in counted apart.",
    )
    mails_to_one_per_day: int = variable(
        default=100,
        name="BANDSTAND_MAILS_TO_ONE_PER_DAY",
        about="The same for 24 hours; what is more isn't sent. Messages of visitors are in the backstage all the same.",
    )
    mail_from: str = variable(
        default="", name="BANDSTAND_MAIL_FROM", about="Sender address of mails; default: noreply@ the platform's host."
    )

    reply_address: str = variable(
        default="",
        name="BANDSTAND_REPLY_ADDRESS",
        about="Address whose mail, with any +part, is piped to receive_mail; if blank, answers go to the team.",
    )

    def problems(self) -> list[str]:
        found = []
        if self.email_url in MAIL_PROVIDERS and not self.mail_key:
            found.append(f"BANDSTAND_MAIL_KEY must hold the API key that {self.email_url} gave you.")
        if self.mail_webhook_secret and ":" not in self.mail_webhook_secret:
            found.append("BANDSTAND_MAIL_WEBHOOK_SECRET must look like user:password.")
        if self.reply_address and not _REPLY_ADDRESS.fullmatch(self.reply_address):
            found.append(
                "BANDSTAND_REPLY_ADDRESS must look like answers@example.org, with at most 12 characters before the @."
            )
        return found
