"""Which addresses are asked at all, and which networks they may lead to."""

from __future__ import annotations

import pytest

from bandstand.outgoing.addresses import is_public
from bandstand.outgoing.links import LinkError, read_link
from bandstand.outgoing.policy import Opening, Policy

OPEN_HTTP = Policy(schemes=frozenset({"http", "https"}))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "0.0.0.0",  # noqa: S104 - a destination here
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
        ),
        *("172.16.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
        *("::", "::1", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::7f00:1", "2001:db8::1"),
        *("2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1"),
        *("ff02::1", "ff0e::1", "fe80::1%eth0", "2606:4700::1%eth0"),
    ],
)
def test_it_knows_what_is_not_on_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "185.1.2.3", "2606:4700::1", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_it_knows_what_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org/gigs.csv?key=a%20b&c=d#row", "https://example.org/gigs.csv?key=a%20b&c=d"),
        ("  example.org/gigs.csv ", "https://example.org/gigs.csv"),
        ("HTTPS://EXAMPLE.org.:443", "https://example.org/"),
        ("https://bänds.example/Löwen.csv?q=ä", "https://xn--bnds-loa.example/L%C3%B6wen.csv?q=%C3%A4"),
        ("https://ｅｘａｍｐｌｅ.org/", "https://example.org/"),  # noqa: RUF001 - full width, as Japanese keyboards write
        ("https://[2606:4700::1]/x", "https://[2606:4700::1]/x"),
    ],
)
def test_it_reads_addresses_as_people_write_them(text: str, url: str) -> None:
    assert read_link(text, Policy()).url == url


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "isn't a complete address"),
        ("https://example.org/a b", "isn't a complete address"),
        ("https://example.org\\@evil.example/", "isn't a complete address"),
        ("https://example.org/\r\nHost: evil", "isn't a complete address"),
        ("https://example.org/\u2028x", "isn't a complete address"),
        ("https://example.org/" + "a" * 2000, "isn't a complete address"),
        ("http://example.org/", "starts with https://"),
        ("ftp://example.org/", "starts with https://"),
        ("file:///etc/passwd", "starts with https://"),
        ("gopher://example.org/", "starts with https://"),
        ("https://user:secret@example.org/", "user name and password"),
        ("https://example.org@evil.example/", "user name and password"),
        ("https://example.org:22/", "without “:22”"),
        ("https://example.org:80/", "without “:80”"),
        ("https://example.org:99999/", "doesn't lead anywhere"),
        ("javascript:alert(1)", "doesn't lead anywhere"),
        ("https://[::1/", "doesn't lead anywhere"),
        ("https://2130706433/", "not the name of a server"),
        ("https://0x7f000001/", "not the name of a server"),
        ("https://0x7f.0.0.1/", "not the name of a server"),
        ("https://0177.0.0.1/", "not the name of a server"),
        ("https://127.1/", "not the name of a server"),
        ("https://[fe80::1%25eth0]/", "not the name of a server"),
        ("https://%31%32%37.0.0.1/", "not the name of a server"),
        ("https://exa_mple.org/", "not the name of a server"),
        ("https:///path", "not the name of a server"),
        ("https://localhost/", "isn't a name on the internet"),
        ("https://kubernetes/", "isn't a name on the internet"),
    ],
)
def test_it_refuses_other_spellings_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(LinkError, match=sentence):
        read_link(text, Policy())


@pytest.mark.parametrize(
    "text",
    ["https://１２７.0.0.1/", "https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://127.0.0.1./"],  # noqa: RUF001
)
def test_it_sees_through_characters_that_look_like_others(text: str) -> None:
    assert read_link(text, Policy()).host == "127.0.0.1"


def test_openings_hold_for_their_port_alone() -> None:
    policy = Policy(openings=(Opening.parse("10.1.0.0/16:8443"), Opening.parse("[fd00::1]:443")))

    assert policy.lets_through("10.1.2.3", "https", 8443)
    assert policy.lets_through("fd00::1", "https", 443)
    assert not policy.lets_through("10.1.2.3", "https", 443)
    assert not policy.lets_through("10.2.0.1", "https", 8443)
    assert not policy.lets_through("8.8.8.8", "https", 8443)
    assert OPEN_HTTP.lets_through("8.8.8.8", "http", 80)
    assert not OPEN_HTTP.lets_through("8.8.8.8", "https", 80)


@pytest.mark.parametrize("text", ["10.1.2.3", "10.1.2.3:0", "10.1.2.3:https", "fd00::1:443", "files.example:443"])
def test_openings_are_addresses_with_a_port(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|brackets|appear"):
        Opening.parse(text)
