"""Parses dates and times as people write them, for forms, the admin and imports alike (ADR 38).

The accepted formats are a closed list. Anything else, or anything ambiguous, is refused with an example: a lenient
parser would silently put a gig on the wrong day.

The region decides the order of day and month in 5/6/2027: "de" and "en-GB" write the day first, "en-US" the month; in
"en-CA" both are common, so there only dates such as 25/12/2027 are clear.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from django.db import connection
from django.utils.translation import gettext as _

from bandstand.content.languages import LANGUAGES

FIRST_YEAR, LAST_YEAR = 1900, 2200
# The same limits as instants: in every time zone, all local times of these years are within them.
EARLIEST = datetime(FIRST_YEAR - 1, 12, 31, tzinfo=UTC)
LATEST = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)

DEFAULT_REGION = "en-GB"
_EXAMPLES = {"de": "31.12.2027", "nl": "31-12-2027", "en-US": "12/31/2027"}
_TIME_EXAMPLES = {"en-US": "8:00 PM"}
_MONTH_FIRST = frozenset({"en-US"})
_EITHER_ORDER = frozenset({"en-CA"})
_NO_DOTS = _MONTH_FIRST | _EITHER_ORDER
_TWO_DIGITS_UNTIL = 39  # 31.12.27 is in this century; 31.12.68 could be in either

_MONTHS = {
    word: number for each in LANGUAGES for number, words in enumerate(each.months, start=1) for word in words.split()
}
_WEEKDAYS = {word: number for each in LANGUAGES for number, words in enumerate(each.weekdays) for word in words.split()}
_INVISIBLE = {ord(mark): None for mark in "\u200e\u200f\u2068\u2069\ufeff"}

_NUMERIC = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})")
_SPACED = re.compile(r"([0-9]{1,2})(\.) ?([0-9]{1,2})\. ?([0-9]{4})")
_DAY_AND_NAME = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|er|º|°|\.)?[ -]?(?:of |de )?([^\W\d_]+)\.?,?[ -](?:de |del )?([0-9]{2,4})",
    re.IGNORECASE,
)
_NAME_AND_DAY = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{2,4})", re.IGNORECASE)
_SEPARATOR = re.compile(r"T|,? ?(?:(?:at|um|à|alle ore|ore|alle|om|a las|a la|@|[-\N{EN DASH}]) )?", re.IGNORECASE)
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})"
    r"(?:(?P<mark>[:.])(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.0+)?)?)?"
    r"(?: ?(?:(?P<half>[ap])\.?m\.?|(?P<clock>uhr|uur|h)(?: ?(?P<after>[0-9]{2}))?))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?<=:[0-9]{2}) ?(?:Z|([+-])([0-9]{2}):?([0-9]{2})(?::([0-9]{2}))?)$")
_HOURS, _MINUTES = 24, 60


class Unreadable(ValueError):  # noqa: N818 - read as a sentence: raise Unreadable("…")
    """The text isn't a valid value, or is ambiguous; the message is for the person who wrote it."""


def read_date(text: str, *, region: str = DEFAULT_REGION) -> date:
    day, rest = _leading_day(_plain(text), region)
    if rest:
        raise Unreadable(_no_date(region))
    return day


def read_time(text: str, *, region: str = DEFAULT_REGION) -> time:
    found = _TIME.fullmatch(_plain(text))
    read = _time_of(found) if found else None
    if read is None:
        raise Unreadable(_("Enter a time such as %(example)s.") % {"example": _time_example(region)})
    return read


def read_local(text: str, *, region: str = DEFAULT_REGION) -> datetime:
    """Return the naive local date and time. Raises Unreadable."""
    plain = _plain(text)
    try:
        day, rest = _leading_day(plain, region)
    except _NoDay:
        raise Unreadable(_no_moment(region)) from None
    separator = _SEPARATOR.match(rest)
    if not rest or separator is None or separator.end() == 0:
        raise Unreadable(_no_moment(region))
    return datetime.combine(day, read_time(rest[separator.end() :], region=region))


def read_moment(text: str, *, zone: tzinfo, region: str = DEFAULT_REGION) -> datetime:
    """Return the instant that `text` names in `zone`, or by its own UTC offset.

    Exports include the offset ("2027-10-31 02:30+01:00"), so that repeated local times survive. Raises Unreadable.
    """
    found = _OFFSET.search(text.rstrip())
    if found is None:
        return place_in_zone(read_local(text, region=region), zone)
    local = read_local(text[: found.start()], region=region)
    sign, hours, minutes, seconds = found.groups(default="0")
    if int(hours) >= _HOURS or max(int(minutes), int(seconds)) >= _MINUTES:
        raise Unreadable(_no_moment(region))
    distance = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return local.replace(tzinfo=timezone(-distance if sign == "-" else distance))


def place_in_zone(naive: datetime, zone: tzinfo, *, fold: int | None = None) -> datetime:
    """Return the instant of the local time `naive` in `zone`; of two (in autumn) the first, or as `fold` says.

    Raises Unreadable for a local time that is skipped, and outside the supported years.
    """
    _check_year(naive.year)
    placed = naive.replace(tzinfo=zone, fold=fold or 0)
    if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise Unreadable(_("Clocks go forward then: this time doesn't exist. Choose an earlier or a later one."))
    return placed


def current_region() -> str:
    """Return the region of the current portal."""
    return str(getattr(getattr(connection, "tenant", None), "region", DEFAULT_REGION))


def example_of(region: str) -> str:
    """Return an example date and time in the region's format, to show beside a field."""
    return f"{_date_example(region)} {_time_example(region)}"


class _NoDay(Unreadable):
    """The text doesn't even begin with a date."""


def _plain(text: str) -> str:
    """Return `text` with whitespace normalized, and without the characters that spreadsheets put around dates."""
    return " ".join(text.translate(_INVISIBLE).split())


def _leading_day(text: str, region: str) -> tuple[date, str]:
    """Return the date that `text` begins with, and the rest. Raises Unreadable."""
    weekday, text = _without_weekday(text)
    for pattern, reader in (
        (_NUMERIC, _numeric),
        (_SPACED, _numeric),
        (_DAY_AND_NAME, _named),
        (_NAME_AND_DAY, _named),
    ):
        found = pattern.match(text)
        if found and not text[found.end() : found.end() + 1].isdigit():
            day = reader(found, region)
            if weekday not in {None, day.weekday()}:
                raise Unreadable(_("The weekday and the date don't match."))
            return day, text[found.end() :]
    raise _NoDay(_no_date(region))


def _without_weekday(text: str) -> tuple[int | None, str]:
    word, _space, rest = text.partition(" ")
    plain = word.rstrip(".,").casefold()
    weekday = _WEEKDAYS.get(plain)
    if weekday is None or (plain in _MONTHS and _NAME_AND_DAY.match(text)):  # "Mar 1, 2028" isn't Italian for Tuesday
        return None, text
    return weekday, rest


def _numeric(found: re.Match[str], region: str) -> date:
    first, mark, second, third = found.groups()
    if len(first) == 4:  # noqa: PLR2004 - a year
        if len(third) > 2:  # noqa: PLR2004
            raise _NoDay(_no_date(region))
        return _day(first, second, third, region)
    if len(first) == 3 or (len(third) == 2 and mark == "-"):  # noqa: PLR2004 - 27-12-31 may begin with the year
        raise Unreadable(_four_digits(region))
    day, month = _in_order(first, second, mark, region)
    return _day(third, month, day, region)


def _in_order(first: str, second: str, mark: str, region: str) -> tuple[str, str]:
    """Return day and month. Raises Unreadable if they could be swapped."""
    may_be_swapped = int(first) != int(second) and max(int(first), int(second)) <= 12  # noqa: PLR2004
    if may_be_swapped and (region in _EITHER_ORDER or (mark == "." and region in _NO_DOTS)):
        raise Unreadable(
            _("It isn't clear which number is the day. Write the month as a word, such as %(example)s.")
            % {"example": _("5 June 2027")}
        )
    month_first = int(second) > int(first) if region in _EITHER_ORDER else mark != "." and region in _MONTH_FIRST
    return (second, first) if month_first else (first, second)


def _named(found: re.Match[str], region: str) -> date:
    first, second, year = found.groups()
    day, name = (first, second) if first.isdecimal() else (second, first)
    month = _MONTHS.get(name.casefold())
    if month is None:
        raise _NoDay(_no_date(region))
    return _day(year, str(month), day, region)


def _day(year: str, month: str, day: str, region: str) -> date:
    if len(year) == 2 and int(year) <= _TWO_DIGITS_UNTIL:  # noqa: PLR2004
        year = f"20{year}"
    if len(year) != 4:  # noqa: PLR2004
        raise Unreadable(_four_digits(region))
    _check_year(int(year))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Unreadable(
            _("This day isn't in the calendar. Enter a date such as %(example)s.") % {"example": _date_example(region)}
        ) from None


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable(
            _("Enter a date between the years %(first)s and %(last)s.")
            % {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)}
        )


def _time_of(found: re.Match[str]) -> time | None:
    """Return the time, or None if the numbers don't form one."""
    if not (found["mark"] or found["half"] or found["clock"]) or (found["minute"] and found["after"]):
        return None
    if found["second"] and found["mark"] != ":":
        return None
    hour = _on_the_whole_day(int(found["hour"]), (found["half"] or "").lower())
    minute, second = int(found["minute"] or found["after"] or 0), int(found["second"] or 0)
    if hour is None or hour >= _HOURS or minute >= _MINUTES or second >= _MINUTES:
        return None
    return time(hour, minute, second)


def _on_the_whole_day(hour: int, half: str) -> int | None:
    if not half:
        return hour
    if not 1 <= hour <= 12:  # noqa: PLR2004
        return None
    return hour % 12 + (12 if half == "p" else 0)


def _date_example(region: str) -> str:
    return _EXAMPLES.get(region, "31/12/2027")


def _time_example(region: str) -> str:
    return _TIME_EXAMPLES.get(region, "20:00")


def _no_date(region: str) -> str:
    return _("Enter a date such as %(example)s.") % {"example": _date_example(region)}


def _no_moment(region: str) -> str:
    return _("Enter a date and time such as %(example)s.") % {"example": example_of(region)}


def _four_digits(region: str) -> str:
    return _("Write the year with four digits, such as %(example)s.") % {"example": _date_example(region)}
