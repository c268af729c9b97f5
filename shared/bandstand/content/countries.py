"""Countries as people write them: codes, names in all languages of the product, and a few abbreviations."""

from __future__ import annotations

import functools

from django.utils import translation
from django.utils.translation import gettext as _
from django_countries import countries

from bandstand.content.languages import LANGUAGES
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key

_SHORT = {
    "AE": "UAE",
    "BA": "Bosnia, Bosnien",
    "CH": "Suisse, Svizzera",
    "CZ": "Czech Republic, Tschechische Republik, CR",
    "DE": "BRD, Bundesrepublik Deutschland, Federal Republic of Germany",
    "GB": "UK, U.K., Great Britain, England, Scotland, Wales, Northern Ireland, Großbritannien, Schottland, Nordirland",
    "KR": "Korea, South Korea, Südkorea",
    "MK": "Macedonia, Mazedonien",
    "NL": "Holland, The Netherlands",
    "RU": "Russia, Russland",
    "US": "USA, U.S., U.S.A., United States, Vereinigte Staaten, America, Amerika",
}


def read_country(text: str) -> str:
    """Return the country's two-letter ISO code; "" for empty text. Raises Unreadable."""
    key = name_key(text)
    if not key:
        return ""
    code = _codes_by_key().get(key)
    if code is None:
        raise Unreadable(
            _("We know no country called “%(name)s”. Use its name in English or your language, or a code such as DE.")
            % {"name": text[:60]}
        )
    return code


@functools.cache
def _codes_by_key() -> dict[str, str]:
    codes = {name_key(name): code for code, names in _SHORT.items() for name in names.split(",")}
    for language in reversed(LANGUAGES):  # where two disagree, English decides
        with translation.override(language.code):
            codes |= {name_key(str(name)): code for code, name in countries}
    for code, _name in countries:
        codes |= {code.casefold(): code, countries.alpha3(code).casefold(): code}
    return codes
