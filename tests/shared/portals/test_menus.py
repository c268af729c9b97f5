"""Menus, footers and social links are read with care, whatever is stored, and validated strictly."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bandstand.content.appearing import next_turn
from bandstand.content.identified import Identified
from bandstand.database.shown_tables import WHOLE, parts_by_table
from bandstand.portals.around_pages import (
    Footer,
    read_footer,
    validate_footer,
    validate_menu,
    validate_social_links,
    written_footer,
    written_menu,
)
from bandstand.portals.menus import (
    ADDRESS_MAX_LENGTH,
    MOST_ENTRIES,
    MenuEntry,
    default_entries,
    described,
    every_entry,
    menu_kinds,
    name_column,
    read_entries,
    row_target,
    shown_rows,
    validate_address,
)
from bandstand.portals.models import PortalSettings
from bandstand.portals.social_networks import WEBSITE, SocialLink, network_of, read_links
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.tours import TourFactory

A_BAND = f"row:bands.band:{uuid.UUID(int=7)}"
DEEP: Any = {"target": "/", "label": "Deep"}
for _level in range(200):
    DEEP = {"target": "", "label": "Deep", "entries": [DEEP]}

HOSTILE = [
    *(None, [], 7, "menu", True, {"v": 2, "entries": []}, {"v": "1"}, {"v": 1}, {"v": 1, "entries": {}}),
    *({"v": 1, "entries": [entry]} for entry in (None, 7, [], "place:gigs", {}, {"target": None}, {"target": ["/"]})),
    {"v": 1, "entries": [{"target": "place:gigs", "label": 7}]},
    {"v": 1, "entries": [{"target": "place:gigs", "label": "two\nlines"}]},
    {"v": 1, "entries": [{"target": "place:gigs", "label": "x" * 61}]},
    {"v": 1, "entries": [{"target": "place:admin:index"}]},
    {"v": 1, "entries": [{"target": "place:gigs", "class": "x"}]},
    {"v": 1, "entries": [{"target": "place:gigs"}], "more": 1},
    *(
        {"v": 1, "entries": [{"target": target, "label": "x"}]}
        for target in (
            *(
                "javascript:alert(1)",
                " javascript:alert(1)",
                "JavaScript:alert(1)",
                "data:text/html,x",
                "//evil.example",
            ),
            *(
                "/\\evil.example",
                "/\t/evil.example",
                "https://",
                "http:evil",
                "ftp://a.example/",
                "gigs",
                "mailto:a@b.example",
            ),
            *(
                "row:accounts.user:1",
                "row:bands.band:1",
                f"row:bands.member:{uuid.UUID(int=7)}",
                "row:",
                "row:x",
                "place:",
            ),
            *(f"/{'x' * ADDRESS_MAX_LENGTH}", "/a b", "/a\x00", '/"><script>' + " "),
        )
    ),
    {"v": 1, "entries": [{"target": "place:gigs"}] * (MOST_ENTRIES + 1)},
    {"v": 1, "entries": [{"target": "place:gigs"}] * 10_000},
    {"v": 1, "entries": [{"target": "", "label": "alone"}]},
    {"v": 1, "entries": [DEEP]},
]


@pytest.mark.parametrize("stored", HOSTILE, ids=lambda stored: json.dumps(stored)[:60])
def test_what_no_menu_is_is_refused_and_harmless_where_it_is_stored(stored: Any) -> None:
    if stored not in (None, []):
        with pytest.raises(ValidationError):
            validate_menu(stored)
    entries = read_entries(stored) or ()
    assert len(list(every_entry(entries))) <= MOST_ENTRIES
    assert all(not each.below for entry in entries for each in entry.below)
    assert not any("evil" in each.target or ":alert" in each.target for each in every_entry(entries))
    described(entries)
    columns = stored.get("entries") if isinstance(stored, dict) else stored
    assert isinstance(read_footer({"v": 1, "text": stored, "columns": columns, "legal": stored}), Footer)
    assert read_links(stored) == ()


@pytest.mark.parametrize(
    "links",
    [None, 7, "x", {}, [7, None, "https://a.example/", [], {"url": 7}], [{"url": "javascript:alert(1)"}],
     [{"url": "https://a.example/", "label": "a\nb"}], [{"url": f"https://a.example/{'x' * 500}"}]],
)  # fmt: skip
def test_what_no_social_links_are_is_refused_and_harmless(links: Any) -> None:
    assert read_links({"v": 1, "links": links}) == ()
    with pytest.raises(ValidationError):
        validate_social_links({"v": 1, "links": links})
    with pytest.raises(ValidationError):
        validate_footer({"v": 1, "text": "x" * 501})


def test_what_is_written_is_read_again() -> None:
    entries = (
        MenuEntry("place:gigs"),
        MenuEntry("", "More", (MenuEntry("/news/", "Own"), MenuEntry("https://a.example/", "Shop"))),
        MenuEntry(A_BAND, below=(MenuEntry("place:home", "Ours"),)),
    )
    stored = json.loads(json.dumps(written_menu(entries)))
    validate_menu(stored)
    assert read_entries(stored) == entries
    assert described(entries) == "Gigs, More (Own, Shop), band (Ours)"
    footer = Footer("Two\nlines", entries, (MenuEntry("/terms/", "Terms"),))
    validate_footer(written_footer(footer))
    assert read_footer(written_footer(footer)) == footer
    assert written_footer(Footer()) == {}
    assert written_menu(None) == {}
    assert read_entries(written_menu(())) == (), "a menu may be empty"


def test_the_standard_menu_has_what_kinds_declare() -> None:
    assert [each.place for each in default_entries()] == ["bands", "gigs", "news", "polls", "search"]
    assert PortalSettings().menu_entries == default_entries()


@pytest.mark.parametrize(
    "address", ["/", "/gigs/?when=past", "/bands/ü/#top", "https://a.example/x?y=1", "http://a.example"]
)
def test_an_address_is_a_path_of_ours_or_a_web_address(address: str) -> None:
    validate_address(address)


@pytest.mark.parametrize("model", menu_kinds(), ids=str)
def test_kinds_in_menus_have_what_menus_need(model: Any) -> None:
    """Pages count their tables as shown everywhere: else a row would come and go late."""
    assert issubclass(model, Identified)
    assert parts_by_table()[model._meta.db_table] == WHOLE
    for name in (name_column(model), "slug", "trashed_at"):
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            pytest.fail(f"{model} has no {name}")
    assert model(slug="the-same").get_absolute_url()


def test_rows_of_all_kinds_are_found_by_one_query(in_alice_portal: Portal) -> None:
    band, tour, draft, gone = BandFactory(), TourFactory(), BandFactory(is_published=False), BandFactory()
    later = BandFactory(is_published=False, publish_at=timezone.now() + timedelta(hours=1))
    gone.delete()
    every = [MenuEntry(row_target(each)) for each in (band, draft, gone, later)] + [
        MenuEntry("", "T", (MenuEntry(row_target(tour)),))
    ]
    with CaptureQueriesContext(connection) as seen:
        found = shown_rows(every)
    assert len(seen) == 1
    assert sorted(each.name for each in found.values()) == sorted([band.name, tour.name])
    assert {each.url for each in found.values()} == {band.get_absolute_url(), tour.get_absolute_url()}
    with CaptureQueriesContext(connection) as seen:
        assert shown_rows([MenuEntry("place:gigs"), MenuEntry("/x/", "x")]) == {}
    assert len(seen) == 0


@pytest.mark.parametrize(
    ("url", "network"),
    [
        ("https://www.instagram.com/owls/", "instagram"),
        ("https://instagram.com.evil.example/owls", WEBSITE),
        ("https://notinstagram.com/", WEBSITE),
        ("https://youtu.be/x", "youtube"),
        ("https://music.youtube.com/x", "youtube"),
        ("https://owls.bandcamp.com", "bandcamp"),
        ("https://open.spotify.com/artist/x", "spotify"),
        ("https://chaos.social/@owls", "mastodon"),
        ("https://mastodon.social/users/owls", "mastodon"),
        ("https://www.tiktok.com/@owls", "tiktok"),
        ("https://facebook.com/owls", "facebook"),
        ("https://soundcloud.com/owls", "soundcloud"),
        ("https://bsky.app/profile/owls.example", "bluesky"),
        ("https://medium.com/@owls", WEBSITE),
        ("https://owls.example/", WEBSITE),
    ],
)
def test_networks_are_known_by_their_addresses(url: str, network: str) -> None:
    assert network_of(url)[0] == network


def test_a_link_is_named_by_its_network() -> None:
    assert SocialLink("https://instagram.com/x").name == "Instagram"
    assert SocialLink("https://instagram.com/x", "Youth band").name == "Youth band (Instagram)"
    assert SocialLink("https://www.owls.example/x").name == "owls.example"


def test_the_bar_comes_and_goes_by_the_clock(in_alice_portal: Portal) -> None:
    now = timezone.now()
    settings = PortalSettings.objects.current()
    settings.bar_text, settings.bar_from, settings.bar_until = (
        "Soon",
        now + timedelta(hours=1),
        now + timedelta(hours=2),
    )
    settings.save()
    assert not settings.shows_bar
    assert next_turn(now) == settings.bar_from
    assert next_turn(now + timedelta(minutes=90)) == settings.bar_until
    settings.bar_from = None
    assert settings.shows_bar
    settings.bar_text = ""
    assert not settings.shows_bar


@pytest.mark.parametrize(
    "values",
    [
        {"bar_url": "javascript:alert(1)"},
        {"bar_url": "//evil.example/"},
        {"bar_url": "/\\evil.example/"},
        {"bar_from": timezone.now(), "bar_until": timezone.now() - timedelta(days=1)},
    ],
)
def test_the_database_refuses_what_the_form_does(in_alice_portal: Portal, values: dict[str, Any]) -> None:
    PortalSettings.objects.current()
    with pytest.raises(IntegrityError), transaction.atomic():
        PortalSettings.objects.update(**values)


def test_apps_name_models_that_exist() -> None:
    assert {model._meta.label_lower for model in menu_kinds()} >= {"bands.band", "pages.page", "tours.tour"}
    assert all(apps.is_installed(model._meta.app_config.name) for model in menu_kinds())
