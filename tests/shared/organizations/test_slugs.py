"""Which addresses may be chosen."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from bandstand.organizations.slugs import (
    RESERVED,
    WELL_KNOWN,
    WELL_KNOWN_ALONE,
    suggest_slug,
    validate_slug,
    validate_unreserved,
)


def validate(slug: str) -> None:
    validate_slug(slug)
    validate_unreserved(slug)


@pytest.mark.parametrize(
    "slug",
    [
        *("abc", "brass-band-luzern", "1-2-3", "a" * 40, "motorhead", "the-whos-who"),
        # What holds a word that a company has as its name, or letters of one.
        *("wise-guys", "amazon-riders", "red-signal", "visa-vie", "applebaum", "metallica", "aoi-trio", "teslaband"),
        *("big-band-steam", "kraken-chor", "u2-tribute", "mixdown", "cloud-nine", "telegram-sam", "zoomers"),
    ],
)
def test_it_accepts(slug: str) -> None:
    validate(slug)


@pytest.mark.parametrize(
    ("slug", "code"),
    [
        ("ab", "length"),
        ("a" * 41, "length"),
        ("Abc", "characters"),
        ("a_b_c", "characters"),
        ("größe", "characters"),
        ("a.b.c", "characters"),
        ("-abc", "hyphens"),
        ("abc-", "hyphens"),
        ("xn--bcher-kva", "punycode"),
        ("ab--cd", "punycode"),
        ("www", "reserved"),
        ("admin", "reserved"),
        ("adm1n", "reserved"),
        ("adrnin", "reserved"),
        ("ad-min", "reserved"),
        ("vvvvvv", "reserved"),
        ("ma1l", "reserved"),
        ("5tatic", "reserved"),
        ("bandstand", "reserved"),
        ("bands7and", "reserved"),
        ("localhost", "reserved"),
        ("paypal", "reserved"),
        ("paypa1", "reserved"),
        ("paypai", "reserved"),
        ("pay-pal", "reserved"),
        ("p4yp4l", "reserved"),
        ("paypal-login", "reserved"),
        ("login-paypal", "reserved"),
        ("paypallogin", "reserved"),
        ("securepaypalsupport", "reserved"),
        ("paypal24", "reserved"),
        ("my-paypa1-account", "reserved"),
        ("g00gle", "reserved"),
        ("rnicrosoft", "reserved"),
        ("rnicros0ft-help", "reserved"),
        ("c1oudf1are", "reserved"),
        ("apple", "reserved"),
        ("app1e-id", "reserved"),
        ("amazon-pay", "reserved"),
        ("sparkasse-online", "reserved"),
        ("dhl", "reserved"),
        ("xn--pypal-4ve", "punycode"),
    ],
)
def test_it_refuses(slug: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate(slug)
    assert caught.value.code == code


@pytest.mark.parametrize("slug", sorted(RESERVED | WELL_KNOWN | WELL_KNOWN_ALONE))
def test_it_refuses_every_reserved_name(slug: str) -> None:
    with pytest.raises(ValidationError):
        validate_unreserved(slug)


def test_operators_reserve_names_of_their_own(settings: Settings) -> None:
    validate("hafenklang")
    settings.RESERVED_NAMES = ["Hafenklang"]

    for slug in ("hafenklang", "hafenk1ang", "hafen-klang", "hafenklang-tickets", "myhafenklang"):
        with pytest.raises(ValidationError):
            validate(slug)


def test_it_refuses_the_name_that_pictures_come_from(settings: Settings) -> None:
    validate_unreserved("our-files")
    settings.MEDIA_HOST = "our-files.bandstand.localhost"

    with pytest.raises(ValidationError):
        validate_unreserved("our-files")


@given(st.text(max_size=80))
def test_it_suggests_only_what_has_the_right_form(name: str) -> None:
    suggestion = suggest_slug(name)
    try:
        validate_slug(suggestion)
    except ValidationError as refused:
        assert refused.code in {"length", "reserved", "punycode", "characters"}


@pytest.mark.parametrize(
    ("name", "slug"), [("Blasmusik Großpösna", "blasmusik-grossposna"), ("The Who's Who", "the-whos-who"), ("!!!", "")]
)
def test_it_suggests(name: str, slug: str) -> None:
    assert suggest_slug(name) == slug
