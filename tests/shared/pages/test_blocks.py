"""What a page's blocks may be, and what becomes of those that aren't."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from bandstand.pages import kinds
from bandstand.pages.blocks import MOST_BLOCKS, MOST_BYTES, read_blocks, stored_blocks, validate_blocks, words_in
from bandstand.pages.kinds import KINDS, BlockKind
from bandstand.pages.models import Page
from bandstand.pages.values import PictureOf, RowOf, TextValue, is_link
from tests.conftest import Portal
from tests.factories.pages import PageFactory, block

UID = "0190a3c4-0000-7000-8000-000000000000"
DEEP: Any = "x"
for _level in range(2000):
    DEEP = [DEEP]


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_accepts_what_a_new_block_of_it_has_and_can_upgrade_all_its_versions(name: str) -> None:
    kind = KINDS[name]
    stored = [block(name)]

    validate_blocks(stored)

    assert stored_blocks(read_blocks(stored)) == stored
    assert kind.upgrades.keys() == set(range(1, kind.version))


@pytest.mark.parametrize(
    "values",
    [
        {"text": {"html": "<script>"}},
        {"text": ["x"]},
        {"text": None},
        {"text": 1},
        {"text": "x\x00"},
        {"text": "x" * 40_001},
        {"text": DEEP},
        {"text": "x", "onload": "alert(1)"},
        {},
        [],
        "text",
        None,
    ],
    ids=range(12),
)
def test_a_block_with_values_of_the_wrong_kind_is_refused_and_where_it_is_stored_shown_to_nobody(values: Any) -> None:
    stored = [{**block("text", text="x"), "values": values}]

    with pytest.raises(ValidationError):
        validate_blocks(stored)
    (read,) = read_blocks(stored)
    assert (read.kind, read.is_shown, read.words) == (None, False, [])
    assert stored_blocks([read]) == stored


@pytest.mark.parametrize(
    "change",
    [
        {"id": 1},
        {"id": "../../x"},
        {"id": ""},
        {"kind": ["text"]},
        {"kind": ""},
        {"width": {"a": 1}},
        {"width": "200%"},
        {"version": 0},
        {"version": True},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_surrounds_the_values_is_held_to_its_kind_too(change: dict[str, Any]) -> None:
    (read,) = read_blocks([{**block("text", text="x"), **change}])

    assert read.kind is None


@pytest.mark.parametrize("stored", [None, {}, "x", 1, [1], ["x"], [None], [[]], [{}]], ids=str)
def test_what_is_no_list_of_blocks_is_refused_and_read_without_an_error(stored: Any) -> None:
    with pytest.raises(ValidationError):
        validate_blocks(stored)
    assert words_in(read_blocks(stored)) == ""


def test_unknown_and_later_blocks_are_accepted_and_kept_as_they_are() -> None:
    stored = [
        {"id": "later", "kind": "hologram", "version": 3, "values": {"beams": [1, 2]}, "new": True},
        {**block("text", text="x"), "version": 2, "values": {"paragraphs": ["x"]}},
    ]

    validate_blocks(stored)

    assert stored_blocks(read_blocks(stored)) == stored
    assert not any(each.is_shown for each in read_blocks(stored))


def test_a_block_of_a_former_version_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    upgrades = {1: lambda values: {"words": values["text"]}, 2: lambda values: {**values, "source": ""}}
    words = TextValue(label="TextValue", most=10)
    kind = BlockKind("text", "Text", "", {"words": words, "source": words}, version=3, upgrades=upgrades)
    monkeypatch.setattr(kinds, "KINDS", {"text": kind})
    monkeypatch.setattr("bandstand.pages.blocks.KINDS", {"text": kind})

    (read,) = read_blocks([{"id": "once", "kind": "text", "version": 1, "values": {"text": "x"}}])

    assert read.values == {"words": "x", "source": ""}
    assert read.stored()["version"] == 3


def test_there_are_bounds_to_how_many_how_large_and_how_deep() -> None:
    few, many = (
        [block("button", text="x", link="/") for _each in range(count)] for count in (MOST_BLOCKS, MOST_BLOCKS + 1)
    )
    large = [block("text", text="ä" * 39_000) for _each in range(4)]
    huge = {"id": "huge", "kind": "hologram", "values": "x" * 10_000_000}

    validate_blocks(few)
    for refused in (many, large, [huge], [{"id": "deep", "kind": "hologram", "values": DEEP}], [few[0], few[0]]):
        with pytest.raises(ValidationError):
            validate_blocks(refused)


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("https://example.org/?a=b#c", True),
        ("mailto:ann@example.org", True),
        ("/gigs/?when=past", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("mailto:x", False),
        ("gigs/", False),
        ("/a b", False),
        ("/" + "x" * 500, False),
    ],
)
def test_links_lead_where_a_browser_may_go(text: str, leads: bool) -> None:
    assert is_link(text) is leads


def test_names_of_rows_and_pictures_are_nothing_else() -> None:
    assert PictureOf(label="").accepts(f"picture:{UID}")
    assert not PictureOf(label="").accepts(f"https://evil.example/{UID}")
    assert RowOf(label="", model="bands.Band").accepts(UID)
    assert not RowOf(label="", model="bands.Band").accepts(f"{UID}'--")


def test_the_database_refuses_what_no_form_would_send(in_alice_portal: Portal) -> None:
    page = PageFactory()

    for stored in ({}, [{}] * (MOST_BLOCKS + 1), ["x" * MOST_BYTES]):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE pages_page SET blocks = %s WHERE id = %s", [json.dumps(stored), page.pk])
    assert Page.objects.get().block_list
