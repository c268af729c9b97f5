"""What people type, and what we make of it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from bandstand.domains.naming import counterpart, may_be_apex, parse_domain_name, shown_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("www.theband.com", "www.theband.com"),
        ("  WWW.TheBand.COM. ", "www.theband.com"),
        ("https://www.theband.com/gigs?x=1#top", "www.theband.com"),
        ("www.theband.com:443", "www.theband.com"),
        ("Grüße.de", "xn--gre-6ka8l.de"),
        ("www.xn--gre-6ka8l.de", "www.xn--gre-6ka8l.de"),
    ],
)
def test_it_understands_what_people_paste(typed: str, name: str) -> None:
    assert parse_domain_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "invalid"),
        ("theband", "invalid"),
        ("the band.com", "invalid"),
        ("-band.com", "invalid"),
        ("_dmarc.band.com", "invalid"),
        ("192.0.2.1", "invalid"),
        ("[2001:db8::1]", "invalid"),
        ("*.band.com", "characters"),
        ("me@band.com", "characters"),
        ("band.local", "special"),
        ("band.example", "special"),
        ("bandstand.localhost", "platform"),
        ("bob.bandstand.localhost", "platform"),
        (f"{'a.' * 124}com", "length"),
        ("a" * 64 + ".com", "invalid"),
        ("evil\n.com", "invalid"),
    ],
)
def test_it_refuses_with_a_reason(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_domain_name(typed)
    assert refused.value.code == code


def test_nobody_brings_the_host_that_pictures_come_from(settings: Settings) -> None:
    settings.MEDIA_HOST = "band-files.com"

    with pytest.raises(ValidationError, match="belongs to the platform"):
        parse_domain_name("band-files.com")
    assert parse_domain_name("www.theband.com") == "www.theband.com"


def test_it_shows_a_name_as_people_write_it() -> None:
    assert shown_name("xn--gre-6ka8l.de") == "grüße.de"
    assert shown_name("xn--broken-.de") == "xn--broken-.de"


def test_it_knows_the_other_of_apex_and_www() -> None:
    assert counterpart("theband.com") == "www.theband.com"
    assert counterpart("www.theband.com") == "theband.com"
    assert may_be_apex("theband.com")
    assert not may_be_apex("www.theband.com")
