"""Several resolvers' answers, taken together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bandstand.domains.judging import Finding, Sighting, Wanted, judge
from bandstand.domains.models import Problem

WANTED = Wanted(text="bandstand-verification=abc", target="portals.bands.org")
GOOD = Sighting(
    resolver="9.9.9.9",
    texts=("v=spf1 -all", "bandstand-verification=abc"),
    aliases=("portals.bands.org",),
    addresses=("185.1.2.3",),
    target_addresses=("185.1.2.3", "2a00::1"),
)
AWAY = Sighting(resolver="1.1.1.1", answered=False)


def test_it_finds_a_cname_and_the_proof() -> None:
    verdict = judge([GOOD, GOOD, GOOD], WANTED)

    assert verdict.finding is Finding.FOUND
    assert verdict.problem is None
    assert verdict.evidence == {"addresses": ["185.1.2.3"], "resolvers": 3, "answered": 3}


def test_it_finds_an_apex_by_its_addresses() -> None:
    assert judge([replace(GOOD, aliases=(), apex=True)], WANTED).finding is Finding.FOUND
    assert judge([replace(GOOD, aliases=(), apex=True)], WANTED).apex


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"texts": ()}, Problem.NO_TXT),
        ({"texts": ("bandstand-verification=somebody-elses",)}, Problem.NO_TXT),
        ({"aliases": (), "addresses": ()}, Problem.NO_ADDRESS),
        ({"aliases": ("other.host.net",), "addresses": ("192.33.4.12",)}, Problem.ELSEWHERE),
        ({"aliases": (), "addresses": ("185.1.2.3", "2a01::99")}, Problem.ELSEWHERE),
        ({"addresses": ("10.0.0.7",)}, Problem.PRIVATE_ADDRESS),
        ({"addresses": ("185.1.2.3", "127.0.0.1")}, Problem.PRIVATE_ADDRESS),
        ({"addresses": ("::1",)}, Problem.PRIVATE_ADDRESS),
        ({"addresses": ("169.254.169.254",)}, Problem.PRIVATE_ADDRESS),
        ({"addresses": ("::ffff:10.0.0.1",)}, Problem.PRIVATE_ADDRESS),
    ],
)
def test_it_says_what_is_wrong(changes: dict[str, object], problem: Problem) -> None:
    seen = replace(GOOD, **changes)  # type: ignore[arg-type]
    verdict = judge([seen, seen], WANTED)

    assert verdict.finding is Finding.MISSING
    assert verdict.problem == problem


def test_it_believes_the_addresses_that_the_platform_is_known_to_have() -> None:
    inside = Wanted(text=WANTED.text, target=WANTED.target, addresses=frozenset({"10.0.0.7"}))

    assert judge([replace(GOOD, aliases=(), addresses=("10.0.0.7",))], inside).finding is Finding.FOUND
    assert judge([replace(GOOD, aliases=(), addresses=("10.0.0.8",))], inside).problem == Problem.PRIVATE_ADDRESS


def test_it_goes_by_the_majority() -> None:
    bad = replace(GOOD, texts=())

    assert judge([GOOD, GOOD, bad], WANTED).finding is Finding.FOUND
    assert judge([GOOD, bad, bad], WANTED).finding is Finding.MISSING
    assert judge([GOOD, bad], WANTED).finding is Finding.UNCLEAR


def test_it_concludes_nothing_from_silence() -> None:
    bad = replace(GOOD, texts=())

    assert judge([AWAY, AWAY, GOOD], WANTED).finding is Finding.UNCLEAR
    assert judge([AWAY, AWAY, bad], WANTED).finding is Finding.UNCLEAR
    assert judge([AWAY, GOOD, GOOD], WANTED).finding is Finding.FOUND
    assert judge([AWAY], WANTED).problem == Problem.UNREACHABLE
