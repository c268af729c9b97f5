"""Passwords that are guessed first: common ones, those with something added, and words that stand on the page."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.database.connection import connection

_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST_WORD = 4


class GuessablePasswordValidator(password_validation.CommonPasswordValidator):
    """Refuses Django's common passwords, the same with digits or marks around them, repeated ones, and context words.

    Context words are the product's name, the platform's host, and the name and address of the portal. Source: OWASP
    ASVS 5, 6.2.4, 6.2.11 and 6.2.12.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a password that is easily guessed."""
        super().validate(password, user)
        words = set(_LETTERS.findall(password.lower()))
        context = context_words()
        if words and words <= context:
            raise ValidationError(
                _("This password is made of names that everybody knows here."), code="password_context"
            )
        if len(words) == 1 and words <= self.passwords:
            raise ValidationError(_("This is a common password with something added."), code="password_too_common")

    def get_help_text(self) -> str:
        """Return what is asked of a password."""
        return _("Your password must be neither a common one nor made of the portal's name.")


def context_words() -> set[str]:
    """Return the words, in small letters, that somebody who guesses for this portal or the platform tries first."""
    tenant = connection.tenant
    known = f"bandstand {settings.BASE_DOMAIN} {getattr(tenant, 'name', '')} {getattr(tenant, 'slug', '')}"
    return {word for word in _LETTERS.findall(known.lower()) if len(word) >= _SHORTEST_WORD}
