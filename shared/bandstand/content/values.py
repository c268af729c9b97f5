"""Parses numbers, yes/no answers and lists as people write them, for forms, the admin and imports alike (ADR 38)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key

# Only ASCII digits: int() also accepts other digits and underscores, and Django's field reads "1.000" as 1.
_WHOLE_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,18})(?:[.,]0)?")
_AMOUNT = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?")
_YES = frozenset({"1", "yes", "y", "true", "on", "x", "ja", "j", "wahr"})
_NO = frozenset({"", "0", "no", "n", "false", "off", "nein", "falsch", "-"})
# A quoted item may contain separators; a quote elsewhere (12" vinyl) is an ordinary character.
_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[,;\n]|\Z)|([^,;\n]*))(?:[,;\n]|\Z)')


def read_whole_number(text: str, *, least: int, most: int) -> int:
    """Return the number. Raises Unreadable unless it is a whole number within the bounds."""
    found = _WHOLE_NUMBER.fullmatch(text.strip())
    number = int(found[1] + found[2]) if found else None
    if number is None or not least <= number <= most:
        raise Unreadable(
            _("Enter a whole number from %(least)s to %(most)s.") % {"least": str(least), "most": str(most)}
        )
    return number


def read_amount(text: str, *, most: Decimal) -> Decimal:
    """Return an amount of money with up to two decimals. Raises Unreadable."""
    found = _AMOUNT.fullmatch(text.strip())
    amount = Decimal(f"{found[1]}.{found[2] or 0}") if found else None
    if amount is None or amount > most:
        raise Unreadable(_("Write an amount as a number, such as 12.50, up to %(most)s.") % {"most": str(most)})
    return amount


def read_year(text: str) -> int:
    if not re.fullmatch(r"[0-9]{4}(?:\.0)?", text.strip()):
        raise Unreadable(_("Write a year as four digits."))
    return int(text.strip()[:4])


def read_yes_no(text: str) -> bool:
    """Return the answer; empty text means no. Raises Unreadable."""
    word = text.strip().casefold()
    if word not in _YES | _NO:
        raise Unreadable(_("Write 1 for yes or 0 for no."))
    return word in _YES


def split_names(text: str) -> list[str]:
    """Return the names in `text`, separated by commas, semicolons or lines, without duplicates that differ in case."""
    names: dict[str, str] = {}
    for quoted, plain in _ITEM.findall(text):
        name = " ".join((quoted.replace('""', '"') or plain).split())
        if key := name_key(name):
            names.setdefault(key, name)
    return list(names.values())


def join_names(names: Iterable[str], separator: str = ", ") -> str:
    """Return the line that `split_names` reads back."""
    return separator.join(_quoted(name) if re.search(r'[,;\n]|^\s*"', name) else name for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
