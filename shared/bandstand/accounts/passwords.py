"""Refuses passwords that are guessed first: common ones, variations of those, and names shown on the page."""

from __future__ import annotations

import re
import unicodedata

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.database.connection import connection

_WORDS = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST_WORD = 4
_SHORTEST_NAME = 5  # shorter names appear in many passphrases by chance
_ENOUGH_BESIDE_NAMES = 10  # letters and digits, the same as the minimum length of a password
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})


class GuessablePasswordValidator(password_validation.CommonPasswordValidator):
    """Refuses Django's common passwords, also repeated or with digits or symbols around them, and names.

    A password may contain neither the portal's name nor the person's. Single words of these, of the address, of the
    product's name and of the platform's host are fine if the password is long enough without them. Source: OWASP
    ASVS 5, 6.2.4, 6.2.11 and 6.2.12.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        super().validate(password, user)
        if name := name_in(password, names=_names(user), others=_others(user)):
            raise ValidationError(
                _("This password contains “%(name)s”, which is easy to guess here."),
                code="password_context",
                params={"name": name},
            )
        words = set(_LETTERS.findall(password.lower()))
        if len(words) == 1 and words <= self.passwords:
            raise ValidationError(
                _("This is a common password with something added to it."), code="password_too_common"
            )

    def get_help_text(self) -> str:
        return _("Your password can't be a common one or contain the portal's name or yours.")


def name_in(password: str, *, names: list[str], others: list[str]) -> str:
    """Return which of `names` a password contains, or which of them and `others` it mostly consists of; "" for none.

    It mostly consists of them if little remains without their words. Case, accents and everything between letters are
    ignored: "HÄFEN-klang" contains "Hafenklang".
    """
    for spelled_out in (False, True):
        squeezed = _squeezed(password, spelled_out)
        for name in names:
            whole = _squeezed(name, spelled_out)
            if len(whole) >= _SHORTEST_NAME and whole in squeezed:
                return name
        rest, found = squeezed, ""
        for word, name in _words([*names, *others], spelled_out):
            if word in rest:
                rest, found = rest.replace(word, ""), found or name
        if found and len(rest) < _ENOUGH_BESIDE_NAMES:
            return found
    return ""


def _names(user: User | None) -> list[str]:
    tenant = connection.tenant
    known = [getattr(tenant, "name", ""), getattr(tenant, "slug", ""), user.name if user else ""]
    return [name for name in known if name]


def _others(user: User | None) -> list[str]:
    local, _at, host = (user.email if user else "").partition("@")
    return ["Bandstand", settings.BASE_DOMAIN, *filter(None, [local, host])]


def _words(names: list[str], spelled_out: bool) -> list[tuple[str, str]]:
    """Return the names and their words in the form to search for, longest first, each with its name."""
    found = {_squeezed(word, spelled_out): name for name in reversed(names) for word in (*_WORDS.findall(name), name)}
    return sorted(((word, name) for word, name in found.items() if len(word) >= _SHORTEST_WORD), key=_by_length)


def _by_length(pair: tuple[str, str]) -> tuple[int, str]:
    return -len(pair[0]), pair[0]


def _squeezed(text: str, spelled_out: bool = False) -> str:
    """Return only letters and digits, without case and accents; umlauts as two letters if `spelled_out`."""
    folded = unicodedata.normalize("NFC", text).casefold()
    folded = folded.translate(_SPELLED_OUT) if spelled_out else folded
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return "".join(_WORDS.findall(bare))
