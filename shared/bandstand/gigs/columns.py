"""The columns of a table of gigs, and how the cells of each are read by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.content.values import read_amount, read_whole_number, read_yes_no
from bandstand.gigs.statuses import OptionField, Status
from bandstand.gigs.tickets import CURRENCIES, AgeField, PriceField
from bandstand.gigs.timing import Precision
from bandstand.organizations.time_zones import read_time_zone
from bandstand.spreadsheets import publication
from bandstand.spreadsheets.columns import column

COLUMNS = (
    column(
        "slug",
        gettext_lazy("page address"),
        "page address, page url, url slug, seitenadresse",
    ),
    column(
        "title",
        gettext_lazy("title"),
        "event, name, event name, titel, veranstaltung, veranstaltungstitel",
    ),
    column(
        "bands",
        gettext_lazy("bands"),
        "band, band name, artist, artist name, artists, act, acts, line up, lineup, künstler, auftretende, besetzung",
        "programm",
    ),
    column(
        "set_times",
        gettext_lazy("set times"),
        "on stage, on stage at, stage times, auftrittszeiten, bühnenzeiten, spielzeiten",
    ),
    column(
        "tour",
        gettext_lazy("tour"),
        "tour name, series, tournee, konzertreihe, reihe",
    ),
    column(
        "venue",
        gettext_lazy("venue"),
        "location, place, club, hall, veranstaltungsort, spielstätte, spielort, lokal, halle",
        beside="ort",
    ),
    column(
        "address",
        gettext_lazy("street address"),
        "street address, street, adresse, straße, strasse, anschrift",
    ),
    column(
        "town",
        gettext_lazy("town"),
        "city, ort, stadt",
    ),
    column(
        "time_zone",
        gettext_lazy("time zone"),
        "timezone, time zone, tz, zeitzone",
    ),
    column(
        "starts_at",
        gettext_lazy("start"),
        "starts at, starts, begins, begin, date and time, datetime, when, beginn, anfang, termin, wann",
        "datum und uhrzeit",
    ),
    column(
        "date",
        gettext_lazy("date"),
        "day, start date, datum, tag, am",
    ),
    column(
        "time",
        gettext_lazy("time"),
        "start time, show time, uhrzeit, zeit, startzeit, um",
    ),
    column(
        "doors_at",
        gettext_lazy("doors"),
        "doors at, doors open, einlass, türöffnung",
    ),
    column(
        "ends_at",
        gettext_lazy("end"),
        "ends at, ends, end time, until, ende, endet, bis, schluss",
    ),
    column(
        "precision",
        gettext_lazy("how exactly the date is known"),
        "precision, genauigkeit, ganztägig, all day",
    ),
    column(
        "status",
        gettext_lazy("status"),
        "state, zustand",
    ),
    column(
        "option",
        gettext_lazy("option"),
        "hold, hold order, rang",
    ),
    column(
        "status_note",
        gettext_lazy("sentence for visitors"),
        "status note, reason, grund, satz für besucher",
    ),
    column(
        "new_date",
        gettext_lazy("new date"),
        "moved to, ersatztermin, nachholtermin, neuer termin",
    ),
    column(
        "is_private",
        gettext_lazy("private event"),
        "private, private party, geschlossene gesellschaft, privat",
    ),
    column(
        "price",
        gettext_lazy("price"),
        "prices, entry, admission, cost, eintritt, preis, preise",
    ),
    column(
        "ticket_url",
        gettext_lazy("ticket link"),
        "ticket url, ticket link, tickets, ticket, vorverkauf, vvk, karten",
    ),
    column(
        "price_from",
        gettext_lazy("price from"),
        "lowest price, preis ab, preis von",
    ),
    column(
        "price_to",
        gettext_lazy("price up to"),
        "price to, highest price, preis bis",
    ),
    column(
        "currency",
        gettext_lazy("currency"),
        "währung",
    ),
    column(
        "is_free",
        gettext_lazy("free entry"),
        "free, free admission, eintritt frei, freier eintritt, kostenlos",
    ),
    column(
        "on_sale_at",
        gettext_lazy("on sale from"),
        "on sale at, on sale, vorverkaufsstart, vvk ab, verkauf ab",
    ),
    column(
        "age_limit",
        gettext_lazy("minimum age"),
        "age limit, age, mindestalter, alter, ab",
    ),
    column(
        "access_notes",
        gettext_lazy("access"),
        "access notes, accessibility, barrierefreiheit, zugänglichkeit",
    ),
    column(
        "notes",
        gettext_lazy("notes"),
        "note, description, remarks, info, notizen, anmerkung, anmerkungen, bemerkung, hinweis",
        "hinweise, beschreibung",
    ),
    column(
        "contact",
        gettext_lazy("contact"),
        "contact person, ansprechpartner, ansprechperson, kontakt",
    ),
    column(
        "fee",
        gettext_lazy("fee"),
        "guarantee, gage, honorar",
    ),
    column(
        "load_in_at",
        gettext_lazy("load-in"),
        "load in, load in at, get in, aufbau, ladezeit",
    ),
    column(
        "soundcheck_at",
        gettext_lazy("soundcheck"),
        "soundcheck at, sound check",
    ),
    column(
        "hotel",
        gettext_lazy("accommodation"),
        "hotel, unterkunft, übernachtung",
    ),
    column(
        "team_notes",
        gettext_lazy("team notes"),
        "internal notes, interne notizen, teamnotizen",
    ),
    *publication.COLUMNS,
)

_STATUS_WORDS = {
    Status.IDEA: "idea, option idea, idee",
    Status.HOLD: "hold, on hold, pencilled, tentative, option, optioniert, reserviert, vorgemerkt",
    Status.CONFIRMED: "confirmed, fix, bestätigt, fest",
    Status.SCHEDULED: "scheduled, announced, planned, on, ok, geplant, angekündigt, findet statt",
    Status.SOLD_OUT: "sold out, sold_out, soldout, full, ausverkauft",
    Status.POSTPONED: "postponed, rescheduled, moved, verschoben, verlegt",
    Status.CANCELLED: "cancelled, canceled, off, abgesagt, entfällt, fällt aus, storniert",
}
_PRECISION_WORDS = {
    Precision.TIME: "time, exact, date and time, no, 0, uhrzeit, datum und uhrzeit, nein",
    Precision.DAY: "day, whole day, all day, yes, 1, x, ganztägig, ganzer tag, tag, ja",
    Precision.MONTH: "month, date to be announced, tba, tbc, tbd, monat, termin offen, termin folgt",
}
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "FR": "CHF", "SFR": "CHF"}


def _by_word(words: Mapping[Any, str]) -> dict[str, Any]:
    return {name_key(word): value for value, text in words.items() for word in text.split(",")}


_STATUSES, _PRECISIONS = _by_word(_STATUS_WORDS), _by_word(_PRECISION_WORDS)


def read_status(text: str) -> str:
    """Return the status. Raises Unreadable."""
    return _one_of(text, _STATUSES, Status)


def read_precision(text: str) -> str:
    """Return how exactly the start is known. Raises Unreadable."""
    return _one_of(text, _PRECISIONS, Precision)


def read_currency(text: str) -> str:
    """Return the code of the currency, "" for no text. Raises Unreadable."""
    code = _SIGNS.get(text.upper(), text.upper())
    if code and code not in CURRENCIES:
        raise Unreadable(_("Write one of these: %(known)s.") % {"known": ", ".join(CURRENCIES)})
    return code


def _one_of(text: str, known: Mapping[str, Any], choices: type[models.TextChoices]) -> str:
    found: str | None = known.get(name_key(text))
    if found is None:
        names = ", ".join(str(label) for label in choices.labels)
        raise Unreadable(_("Write one of these: %(known)s.") % {"known": names})
    return found


# How cells of columns that need no other column are read; empty ones clear the field.
READERS: dict[str, Callable[[str], Any]] = {
    "status": read_status,
    "precision": read_precision,
    "currency": read_currency,
    "is_private": read_yes_no,
    "is_free": read_yes_no,
    **dict.fromkeys(("price_from", "price_to"), lambda text: read_amount(text, most=PriceField.most) if text else None),
    "age_limit": lambda text: read_whole_number(text, least=AgeField.least, most=AgeField.most) if text else None,
    "option": lambda text: read_whole_number(text, least=OptionField.least, most=OptionField.most) if text else None,
    "time_zone": read_time_zone,
    "slug": str.lower,
}
