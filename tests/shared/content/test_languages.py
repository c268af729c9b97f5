"""What differs between languages besides their catalogues, for each that is offered."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.dateformat import format as formatted
from django_countries import countries

from bandstand.content.countries import read_country
from bandstand.content.languages import BY_CODE, LANGUAGES, MIRRORED, Language, language_of, offered
from bandstand.content.moments import read_date, read_local, read_time
from bandstand.content.rendering import render_markdown
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_prices import shown_price
from bandstand.gigs.showing_times import clock_time, gig_time, sale_time
from bandstand.organizations.time_zones import region_of
from tests.conftest import Portal
from tests.factories.gigs import GigFactory

EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
BERLIN = ZoneInfo("Europe/Berlin")


@EACH_LANGUAGE
def test_days_are_read_as_they_are_written(language: Language) -> None:
    with translation.override(language.code):
        for region, style in language.styles.items():
            for number in range(366):
                day = date(2028, 1, 1) + timedelta(days=number)
                for pattern in (style.day, style.short_day, style.table_day):
                    assert read_date(formatted(day, pattern), region=region) == day


@EACH_LANGUAGE
def test_times_of_gigs_are_read_as_they_are_shown(language: Language, in_alice_portal: Portal) -> None:
    gig = GigFactory.build(starts_at=datetime(2028, 3, 1, 20, 0, tzinfo=BERLIN), time_zone="Europe/Berlin")
    in_alice_portal.organization.time_zone = "Europe/Berlin"
    with translation.override(language.code):
        region = region_of(language.code, "Europe/Berlin")
        assert read_local(gig_time(gig), region=region).isoformat() == "2028-03-01T20:00:00"
        assert read_time(clock_time(time(20, 30)), region=region) == time(20, 30)


@EACH_LANGUAGE
def test_a_word_means_one_month_and_one_weekday_in_all_languages(language: Language) -> None:
    for known in ("months", "weekdays"):
        for number, words in enumerate(getattr(language, known)):
            for word in words.split():
                assert {
                    index
                    for other in LANGUAGES
                    for index, others in enumerate(getattr(other, known))
                    if word in others.split()
                } == {number}, word
    assert (len(language.months), len(language.weekdays)) == (12, 7)


@EACH_LANGUAGE
def test_countries_are_known_by_their_names(language: Language) -> None:
    with translation.override(language.code):
        for code, name in countries:
            assert read_country(str(name)) == code


def of_evening(**values: object) -> Gig:
    start = datetime(2031, 1, 1, 20, 0, tzinfo=BERLIN)
    return GigFactory.build(starts_at=start, doors_at=None, time_zone="Europe/Berlin", **values)


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", ("Wed 1 Jan 2031", "1 Jan 2031, 8:00 pm", "8\N{EN DASH}11 pm", "€12.50")),
        ("de", ("Mi., 1. Januar 2031", "01.01.2031, 20:00 Uhr", "20\N{EN DASH}23 Uhr", "12,50 €")),
        ("fr", ("mer. 1er janvier 2031", "01/01/2031 à 20\u00a0h", "20\N{EN DASH}23\u00a0h", "12,50 €")),
        ("it", ("mer 1º gennaio 2031", "01/01/2031, ore 20:00", "20:00\N{EN DASH}23:00", "12,50 €")),
        ("nl", ("wo 1 januari 2031", "01-01-2031, 20:00 uur", "20\N{EN DASH}23 uur", "€ 12,50")),
        ("es", ("mié, 1 de enero de 2031", "01/01/2031, 20:00\u00a0h", "20\N{EN DASH}23\u00a0h", "12,50 €")),
    ],
)
def test_dates_spans_and_prices_are_written_as_a_language_does(
    code: str, written: tuple[str, str, str, str], in_alice_portal: Portal
) -> None:
    in_alice_portal.organization.time_zone = "Europe/Berlin"
    day, short, span, price = written
    gig = of_evening(price="", price_from=Decimal("12.5"), currency="EUR", is_free=False)
    gig.ends_at = gig.starts_at + timedelta(hours=3)
    gig.on_sale_at = gig.starts_at
    with translation.override(code):
        assert gig_time(gig, "day") == day
        assert gig_time(gig, "short") == short
        assert gig_time(gig, "span") == span
        assert sale_time(gig).startswith(day)
        assert shown_price(gig) == price


def test_quotes_are_the_languages_own() -> None:
    def quoted(language: str) -> str:
        return render_markdown("\"so 'laut'\"", language=language)

    assert quoted("fr") == "<p>«\u202fso “laut”\u202f»</p>\n"
    assert quoted("it") == "<p>«so “laut”»</p>\n"
    assert quoted("sv") == quoted("en")


def test_mirrored_english_is_offered_by_a_setting_alone() -> None:
    plain = dict(offered(mirrored=False))

    assert list(plain) == list(BY_CODE)
    assert list(dict(offered(mirrored=True))) == [*plain, MIRRORED]
    assert language_of(MIRRORED) is language_of("en")
