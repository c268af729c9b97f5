"""Host names, as clients spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandstand.organizations.addresses import InvalidHostError, absolute_url, normalize_host


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("demo.bandstand.localhost", "demo.bandstand.localhost"),
        ("DEMO.Bandstand.LOCALHOST:8000", "demo.bandstand.localhost"),
        ("demo.bandstand.localhost.", "demo.bandstand.localhost"),
        ("demo.bandstand.localhost.:8000", "demo.bandstand.localhost"),
        ("Größe.example", "xn--gre-6ka8i.example"),
        ("www.Motörhead.example:443", "www.xn--motrhead-p4a.example"),
        ("[2001:DB8::1]:8000", "[2001:db8::1]"),
        ("127.0.0.1:8000", "127.0.0.1"),
    ],
)
def test_it_brings_a_host_into_one_form(sent: str, known: str) -> None:
    assert normalize_host(sent) == known


@pytest.mark.parametrize(
    "sent",
    [
        "",
        ".",
        "..",
        "a..b",
        "-a.example",
        "a.example:port",
        "a.example:80:80",
        "a/b",
        "user@a.example",
        "[::1",
        "[nonsense]",
        "a b",
        "x" * 64 + ".example",
        ".".join(["abcdefgh"] * 40),
        "a.example\r\nX-Evil: 1",
    ],
)
def test_it_refuses_what_is_no_host(sent: str) -> None:
    with pytest.raises(InvalidHostError):
        normalize_host(sent)


@given(st.text(max_size=300))
def test_it_never_fails_in_another_way(sent: str) -> None:
    try:
        known = normalize_host(sent)
    except InvalidHostError:
        return
    assert known == known.lower()
    assert known.isascii()
    assert normalize_host(known) == known


def test_it_adds_the_public_port() -> None:
    assert absolute_url("demo.bandstand.localhost", "/bands/") == "http://demo.bandstand.localhost:8000/bands/"
