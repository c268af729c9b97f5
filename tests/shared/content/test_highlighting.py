"""Words that were searched for are shown where they stand."""

from __future__ import annotations

import pytest
from django.db import connection

from bandstand.content.highlighting import Highlighter, beginning, folded
from tests.attacks.xss_corpus import payloads
from tests.conftest import Portal
from tests.shared.bands.names_of_the_world import NAMES


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("moto", "Die Motörhead-Nacht", "Die <mark>Motörhead</mark>-Nacht"),
        ("nacht", "Die Motörhead-Nacht", "Die Motörhead-<mark>Nacht</mark>"),
        ("rem", "R.E.M. & others", "<mark>R.E.M</mark>. &amp; others"),
        ("R.E.M.", "Rem and REM", "<mark>Rem</mark> and <mark>REM</mark>"),
        ("京公", "東京公演", "東<mark>京公</mark>演"),
        ("ВОЙНА", "Война и мир", "<mark>Война</mark> и мир"),
        ("two words", "words, two", "<mark>words</mark>, <mark>two</mark>"),
        ("nothing", "<b>here</b>", "&lt;b&gt;here&lt;/b&gt;"),
        ("b", "<b>", "&lt;<mark>b</mark>&gt;"),
        ("", "some", "some"),
    ],
)
def test_it_marks_what_the_search_finds(query: str, text: str, marked: str) -> None:
    assert Highlighter(query).mark(text) == marked


def test_it_marks_what_is_alike_where_it_is_told_to() -> None:
    assert Highlighter("motohaed").mark("Motörhead", alike=True) == "<mark>Motörhead</mark>"
    assert Highlighter("motohaed").mark("Motörhead") == "Motörhead"


def test_it_shows_the_part_of_a_text_in_which_the_word_stands() -> None:
    text = "# Heading\n\n" + "word " * 300 + "the **tuba** player [of](https://x.example) all " + "word " * 300

    excerpt = Highlighter("tuba").excerpt(text)

    assert excerpt.startswith("…")
    assert "the tuba player of all word" in excerpt
    assert excerpt.endswith("…")
    assert len(excerpt) <= 203
    assert Highlighter("cello").excerpt(text) == ""
    assert beginning("**Bold** beginning") == "Bold beginning"


def test_links_that_are_cut_leave_nothing_behind() -> None:
    link = "[see](https://example.org/" + "x" * 300 + ")"
    for start in range(0, 400, 7):
        excerpt = Highlighter("tuba").excerpt("y" * start + " " + link + " tuba " + link + link)
        assert "example.org" not in excerpt
        assert "](" not in excerpt


def test_nothing_that_is_typed_or_written_becomes_markup() -> None:
    for payload in payloads():
        for query in (payload, "xss", "script"):
            shown = Highlighter(query).mark(payload, alike=True)
            assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")


def test_it_folds_words_as_the_database_does(in_alice_portal: Portal) -> None:
    words = [word for names in NAMES.values() for name in names for word in name.split() if any(map(str.isalpha, word))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.search_join(public.search_fold(word)) FROM unnest(%s::text[]) AS word", [words])
        theirs = [word for (word,) in cursor.fetchall()]

    assert len(words) > 100
    differing = [word for word, their in zip(words, theirs, strict=True) if folded(word) != folded(their)]
    assert differing == []
