"""Which addresses may be chosen."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from bandstand.organizations.slugs import RESERVED, suggest_slug, validate_slug


@pytest.mark.parametrize("slug", ["abc", "brass-band-luzern", "1-2-3", "a" * 40, "motorhead", "the-whos-who"])
def test_it_accepts(slug: str) -> None:
    validate_slug(slug)


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
        ("bands7and", None),
        ("localhost", "reserved"),
    ],
)
def test_it_refuses(slug: str, code: str | None) -> None:
    if code is None:
        validate_slug(slug)
        return
    with pytest.raises(ValidationError) as caught:
        validate_slug(slug)
    assert caught.value.code == code


@pytest.mark.parametrize("slug", sorted(name for name in RESERVED if len(name) > 2))
def test_it_refuses_every_reserved_name(slug: str) -> None:
    with pytest.raises(ValidationError):
        validate_slug(slug)


def test_it_refuses_the_name_that_pictures_come_from(settings: Settings) -> None:
    validate_slug("our-files")
    settings.MEDIA_HOST = "our-files.bandstand.localhost"

    with pytest.raises(ValidationError):
        validate_slug("our-files")


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
