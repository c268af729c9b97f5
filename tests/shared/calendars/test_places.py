"""Places as calendars write them."""

from __future__ import annotations

import pytest

from bandstand.calendars.places import WrittenPlace, read_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", WrittenPlace()),
        ("Blue Note", WrittenPlace("Blue Note")),
        ("Blue Note, München", WrittenPlace("Blue Note", "", "München")),
        ("Blue Note, Hauptstr. 5, 80331 München", WrittenPlace("Blue Note", "Hauptstr. 5", "München")),
        ("Blue Note\nHauptstr. 5\nD-80331 München\nDeutschland", WrittenPlace("Blue Note", "Hauptstr. 5", "München")),
        (
            "Chelsea, Lerchenfelder Gürtel 29-31, 1080 Wien, Austria",
            WrittenPlace("Chelsea", "Lerchenfelder Gürtel 29-31", "Wien"),
        ),
        (
            "Debaser, Hornstulls strand 4, 117 39 Stockholm, Sweden",
            WrittenPlace("Debaser", "Hornstulls strand 4", "Stockholm"),
        ),
        ("Koko, 1A Camden High St, London NW1 7JE, UK", WrittenPlace("Koko", "1A Camden High St", "London")),
        ("Metro, 3730 N Clark St, Chicago, IL 60613, USA", WrittenPlace("Metro", "3730 N Clark St", "Chicago")),
        ("Metro, Chicago, IL", WrittenPlace("Metro", "", "Chicago")),
        ("Club Vaudeville, Von-Behring-Straße 6", WrittenPlace("Club Vaudeville", "Von-Behring-Straße 6", "")),
        ("Jazzkeller, Jazzkeller, Krefeld", WrittenPlace("Jazzkeller", "", "Krefeld")),
        ("https://meet.example/abc", WrittenPlace()),
        ("Blue Note · Ulm", WrittenPlace("Blue Note", "", "Ulm")),
        ("A" * 400, WrittenPlace("A" * 120)),
    ],
)
def test_it_tells_venue_street_and_town_apart(text: str, place: WrittenPlace) -> None:
    assert read_place(text) == place
