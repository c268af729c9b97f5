"""Who gets in, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bandstand.settings.secret_keys import DEVELOPMENT_SECRET, MIN_LENGTH, is_known
from bandstand.settings.variables.declaring import Variables, variable

LEAST_AUDIT_DAYS = 90  # the database refuses to delete newer entries, see bandstand.audit


@dataclass(frozen=True, kw_only=True)
class AccessVariables(Variables):
    """Keys, log-ins and their logs."""

    secret_key: str = variable(
        development=DEVELOPMENT_SECRET,
        secret=True,
        name="SECRET_KEY",
        about="Signs sessions, links and cookies; 50 random characters or more.",
    )
    secret_key_fallbacks: list[str] = variable(
        default=[],
        secret=True,
        name="SECRET_KEY_FALLBACKS",
        about="Former keys, comma-separated, that still verify while keys rotate.",
    )
    staff_second_factor: bool = variable(
        default=True,
        development=False,
        name="BANDSTAND_STAFF_SECOND_FACTOR",
        about="Whether the platform's staff must log in in two steps; true or false.",
    )
    session_idle_hours: int = variable(
        default=72,
        name="BANDSTAND_SESSION_IDLE_HOURS",
        about="A log-in ends when nothing was asked for in this time; 1 or more.",
    )
    session_days: int = variable(
        default=14,
        name="BANDSTAND_SESSION_DAYS",
        about="A log-in ends this long after it began in any case; 1 or more.",
    )
    audit_days: int = variable(
        default=365,
        name="BANDSTAND_AUDIT_DAYS",
        about="How long lines of the security logs are kept, in days; 90 or more.",
    )
    security_contact: str = variable(
        default="",
        name="BANDSTAND_SECURITY_CONTACT",
        about="Where to report weaknesses (mailto:… or https://…), for /.well-known/security.txt; no file if empty.",
    )

    def problems(self) -> list[str]:
        found = []
        if self.session_idle_hours < 1 or self.session_days < 1:
            found.append("BANDSTAND_SESSION_IDLE_HOURS and BANDSTAND_SESSION_DAYS must be 1 or more.")
        if self.audit_days < LEAST_AUDIT_DAYS:
            found.append(f"BANDSTAND_AUDIT_DAYS must be {LEAST_AUDIT_DAYS} or more.")
        if self.security_contact and urlsplit(self.security_contact).scheme not in {"mailto", "https"}:
            found.append("BANDSTAND_SECURITY_CONTACT must begin with mailto: or https://.")
        if self.is_production and (len(self.secret_key) < MIN_LENGTH or is_known(self.secret_key)):
            found.append("SECRET_KEY must have 50 random characters or more in production: openssl rand -base64 48")
        if self.is_production and any(map(is_known, self.secret_key_fallbacks)):
            found.append("SECRET_KEY_FALLBACKS holds a key that others know: see docs/runbooks/key-rotation.md.")
        return found
