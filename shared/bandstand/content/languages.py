"""The languages that the product speaks, and what differs between them besides the catalogues: one entry for each.

A language is offered once its catalogues are complete, which a test checks. docs/languages.md says how to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Style:
    """How dates and times are written: formats of Django's date filter."""

    day: str  # Fri 8 Jan 2027
    short_day: str  # 8 Jan 2027
    table_day: str  # as `day`, and short enough for a cell; it is read as it is written
    day_of_month: str = "D j"
    month_short: str = "M Y"
    time: str = "H:i"
    full_hour: str = ""  # a time on the hour, if that is written otherwise
    first: str = ""  # the first of a month, if it isn't "1"
    before_time: str = ", "
    # The ends of a span: in whole hours where both are some, and what follows the second.
    hours: str = "H:i"
    minutes: str = "H:i"
    after_span: str = ""


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language of the product. `months` and `weekdays` are all words that people write for each, the first in January
    and on Monday, `letters` how addresses spell letters that this language doesn't just write without their marks."""

    code: str
    name: str | Promise
    styles: Mapping[str, Style]  # by region, as `bandstand.organizations.time_zones.region_of` names it
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    quotes: tuple[str, str, str, str]  # around a quotation, and around one within
    letters: Mapping[int, str]  # for `str.translate()`
    ordinal: str = ""  # after the number of a day
    currency_first: bool = False  # "€ 12", where other languages write "12 €"


ENGLISH = Language(
    code="en",
    name=_("English"),
    styles={
        "en-GB": Style(day="D j M Y", short_day="j M Y", table_day="D j M Y", time="g:i A", hours="g", minutes="g:i"),
        "en-US": Style(
            day="D, M j, Y", short_day="M j, Y", table_day="D, M j, Y", time="g:i A", hours="g", minutes="g:i"
        ),
    },
    months=(
        *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug"),
        *("september sep sept", "october oct", "november nov", "december dec"),
    ),
    weekdays=(
        *("monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thur thurs", "friday fri", "saturday sat"),
        "sunday sun",
    ),
    quotes=("\u201c", "\u201d", "\u2018", "\u2019"),
    letters={},
    currency_first=True,
)
GERMAN = Language(
    code="de",
    name=_("German"),
    styles={
        "de": Style(
            day="D., j. F Y",
            short_day="d.m.Y",
            table_day="D, j. M Y",
            day_of_month="D j.",
            time="H:i \\U\\h\\r",
            hours="G",
            after_span=" Uhr",
        )
    },
    months=(
        *(
            "januar jan jänner jän",
            "februar feb feber",
            "märz maerz mär mrz",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
        ),
        *("august aug", "september sep sept", "oktober okt", "november nov", "dezember dez"),
    ),
    weekdays=(
        *(
            "montag mo",
            "dienstag di",
            "mittwoch mi",
            "donnerstag do",
            "freitag fr",
            "samstag sonnabend sa",
            "sonntag so",
        ),
    ),
    quotes=("\u201e", "\u201c", "\u201a", "\u2018"),
    letters=str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}),
    ordinal=".",
)
FRENCH = Language(
    code="fr",
    name=_("French"),
    styles={
        "fr": Style(
            day="D. j F Y",
            short_day="d/m/Y",
            table_day="D. j F Y",
            day_of_month="D. j",
            month_short="F Y",
            time="G\u00a0\\h\u00a0i",
            full_hour="G\u00a0\\h",
            first="1er",
            before_time=" à ",
            hours="G",
            minutes="G\u00a0\\h\u00a0i",
            after_span="\u00a0h",
        )
    },
    months=(
        *("janvier janv jan", "février fevrier févr fév fev", "mars mar", "avril avr", "mai", "juin", "juillet juil"),
        *("août aout", "septembre sept", "octobre oct", "novembre nov", "décembre decembre déc dec"),
    ),
    weekdays=("lundi lun", "mardi mar", "mercredi mer", "jeudi jeu", "vendredi ven", "samedi sam", "dimanche dim"),
    quotes=("«\u202f", "\u202f»", "\u201c", "\u201d"),
    letters={},
)
ITALIAN = Language(
    code="it",
    name=_("Italian"),
    styles={
        "it": Style(
            day="D j F Y", short_day="d/m/Y", table_day="D j F Y", month_short="F Y", first="1º", before_time=", ore "
        )
    },
    months=(
        *("gennaio gen", "febbraio feb", "marzo mar", "aprile apr", "maggio mag", "giugno giu", "luglio lug"),
        *("agosto ago", "settembre set", "ottobre ott", "novembre nov", "dicembre dic"),
    ),
    weekdays=(
        *("lunedì lunedi lun", "martedì martedi mar", "mercoledì mercoledi mer", "giovedì giovedi gio"),
        *("venerdì venerdi ven", "sabato sab", "domenica dom"),
    ),
    quotes=("«", "»", "\u201c", "\u201d"),
    letters={},
)
DUTCH = Language(
    code="nl",
    name=_("Dutch"),
    styles={
        "nl": Style(
            day="D j F Y",
            short_day="d-m-Y",
            table_day="D j F Y",
            month_short="F Y",
            time="H:i \\u\\u\\r",
            hours="G",
            after_span=" uur",
        )
    },
    months=(
        *("januari jan", "februari feb", "maart mrt", "april apr", "mei", "juni jun", "juli jul", "augustus aug"),
        *("september sep sept", "oktober okt", "november nov", "december dec"),
    ),
    weekdays=("maandag ma", "dinsdag di", "woensdag wo", "donderdag do", "vrijdag vr", "zaterdag za", "zondag zo"),
    quotes=("\u2018", "\u2019", "\u201c", "\u201d"),
    letters={},
    currency_first=True,
)
SPANISH = Language(
    code="es",
    name=_("Spanish"),
    styles={
        "es": Style(
            day="D, j \\d\\e F \\d\\e Y",
            short_day="d/m/Y",
            table_day="D, j \\d\\e F \\d\\e Y",
            month_short="F Y",
            time="G:i\u00a0\\h",
            hours="G",
            minutes="G:i",
            after_span="\u00a0h",
        )
    },
    months=(
        *("enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago"),
        *("septiembre setiembre sept sep", "octubre oct", "noviembre nov", "diciembre dic"),
    ),
    weekdays=(
        *(
            "lunes lun",
            "martes mar",
            "miércoles miercoles mié mie",
            "jueves jue",
            "viernes vie",
            "sábado sabado sáb sab",
        ),
        "domingo dom",
    ),
    quotes=("«", "»", "\u201c", "\u201d"),
    letters={},
)

# As the language menus list them.
LANGUAGES = (ENGLISH, GERMAN, FRENCH, ITALIAN, DUTCH, SPANISH)
BY_CODE = {each.code: each for each in LANGUAGES}
STYLES = {region: style for each in LANGUAGES for region, style in each.styles.items()}
# Those in which the operator's own texts are, and in which people can be expected to write to the operator.
OPERATORS = ("en", "de")
# English from right to left, as CLDR's pseudo-locales are named: nobody's language, but all that a layout must stand.
MIRRORED = "ar-xb"
_MIRRORED_NAME = "English, mirrored"


def offered(*, mirrored: bool) -> list[tuple[str, str | Promise]]:
    """Return Django's setting LANGUAGES."""
    known: list[tuple[str, str | Promise]] = [(each.code, each.name) for each in LANGUAGES]
    if not mirrored:
        return known
    LANG_INFO[MIRRORED] = {"bidi": True, "code": MIRRORED, "name": _MIRRORED_NAME, "name_local": _MIRRORED_NAME}
    return [*known, (MIRRORED, _MIRRORED_NAME)]


def choices() -> list[tuple[str, str | Promise]]:
    """Return the choices of models' fields: callable, so that another language is no migration."""
    return list(settings.LANGUAGES)


def language_of(code: str | None) -> Language:
    """Return the entry for a code such as `de-AT`; English for what isn't spoken."""
    return BY_CODE.get((code or "").partition("-")[0], ENGLISH)


def current() -> Language:
    """Return the entry of the active language."""
    return language_of(get_language())
