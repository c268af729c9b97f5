"""A colour is chosen by name, with the picker, or typed, with and without scripts."""

from __future__ import annotations

import re

import pytest

from bandstand.portals.models import PortalSettings
from bandstand_web.portals.colour_input import ColourInput, OptionalColourInput
from tests.conftest import Portal

NAVY, RED, OTHER = "#14224f", "#d6402b", "#123456"


@pytest.mark.parametrize(
    ("shown", "typed", "named", "picked", "chosen"),
    [
        (RED, RED, NAVY, RED, NAVY),
        (RED, RED, RED, OTHER, OTHER),
        (RED, OTHER, RED, RED, OTHER),
        (RED, RED, RED, RED, RED),
        (RED, OTHER, "", OTHER, OTHER),
        (RED, NAVY, NAVY, NAVY, NAVY),
        (OTHER, OTHER, "", OTHER, OTHER),
        (OTHER, OTHER, RED, OTHER, RED),
        ("oklch(0.65 0.19 35)", "oklch(0.65 0.19 35)", "", "#eb5833", "oklch(0.65 0.19 35)"),
        ("loud", "loud", "", RED, "loud"),
        ("loud", "loud", "", OTHER, OTHER),
        (RED, RED, "#abcdef", "javascript:", RED),
        (RED, "loud", RED, RED, "loud"),
    ],
)
def test_what_was_changed_counts(shown: str, typed: str, named: str, picked: str, chosen: str) -> None:
    data = {"x": typed, "x_shown": shown, "x_named": named, "x_picked": picked}

    assert ColourInput().value_from_datadict(data, None, "x") == chosen


def test_a_form_that_sends_only_the_text_says_what_it_always_said() -> None:
    assert ColourInput().value_from_datadict({"x": "#abcdef"}, None, "x") == "#abcdef"
    assert ColourInput().value_from_datadict({}, None, "x") is None


@pytest.mark.parametrize(
    ("shown", "typed", "named", "chosen"),
    [
        (NAVY, NAVY, "none", ""),
        ("", "", "none", ""),
        ("", OTHER, "none", OTHER),
        ("", "", NAVY, NAVY),
        (NAVY, OTHER, "", OTHER),
    ],
    ids=["taken away", "as it was", "typed", "named", "changed"],
)
def test_a_second_colour_may_be_none(shown: str, typed: str, named: str, chosen: str) -> None:
    data = {"x": typed, "x_shown": shown, "x_named": named, "x_picked": shown or RED}

    assert OptionalColourInput().value_from_datadict(data, None, "x") == chosen


def test_the_design_offers_all_three_and_saves_a_named_colour(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client_of("owner")
    page = client.get("/backstage/design/").content.decode()
    shown = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', page))
    assert page.count('name="accent_named"') == 13
    assert page.count('name="second_colour_named"') == 14
    assert 'value="#d6402b" checked' in page
    assert shown["accent_picked"] == shown["accent_shown"] == RED

    data = {
        "theme": "poster",
        "accent": RED,
        "accent_shown": RED,
        "accent_picked": RED,
        "accent_named": NAVY,
    }
    assert client.post("/backstage/design/", data).status_code == 302

    assert PortalSettings.objects.current().accent == NAVY
    sample = client.get("/backstage/design/choice/", data).content.decode()
    assert f'fill="{NAVY}"' in sample
