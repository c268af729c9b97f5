"""Formats what it costs to get in, and who may, for people."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from bandstand.content.languages import ENGLISH, current
from bandstand.gigs.tickets import Ticketed

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "ILS": "₪", "INR": "₹", "KRW": "₩", "UAH": "₴"}
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "ISK", "HUF"})


def shown_price(gig: Ticketed) -> str:
    """Return the price as the team wrote it, or else as the amounts say it; "" if it isn't known."""
    if gig.price:
        return gig.price
    if gig.is_free:
        return _("Free entry")
    if gig.price_from is None:
        return ""
    amounts = [gig.price_from]
    if gig.price_to is not None and gig.price_to != gig.price_from:
        amounts.append(gig.price_to)
    digits = 0 if gig.currency in _WITHOUT_CENTS or all(amount == int(amount) for amount in amounts) else 2
    return _with_currency("\N{EN DASH}".join(_amount(amount, digits) for amount in amounts), gig.currency)


def minimum_age(gig: Ticketed) -> str:
    """Return from which age on people get in; "" without a limit."""
    return _("From age %(age)s") % {"age": gig.age_limit} if gig.age_limit else ""


def _amount(amount: Decimal, digits: int) -> str:
    return str(number_format(amount, digits, force_grouping=True))


def _with_currency(text: str, currency: str) -> str:
    sign = _SIGNS.get(currency, currency)
    language = current()
    if not language.currency_first:
        return f"{text} {sign}"
    return f"{sign}{text}" if len(sign) == 1 and language is ENGLISH else f"{sign} {text}"
