"""The editor of menu, footer, social links and bar, by the forms that browsers without scripts send."""

from __future__ import annotations

import html
import json
import re
import zipfile
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.portals.around_pages import read_footer, written_menu
from bandstand.portals.exporting import organization_export
from bandstand.portals.menus import MOST_ENTRIES, MenuEntry, described, read_entries, row_target
from bandstand.portals.models import PortalSettings
from bandstand.portals.social_networks import MOST_LINKS, read_links
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.pages import PageFactory

MENU, FOOTER, SOCIAL, BAR = (f"/backstage/menu/{page}" for page in ("", "footer/", "social/", "announcement/"))
INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>(?:([^<]*)</textarea>)?")


def fields(body: str) -> dict[str, str]:
    """Return what a browser would send of the page's form, without its buttons."""
    form = re.search(r'<form class="form.*?</form>', body, re.DOTALL)
    assert form
    without_templates = re.sub(r"<template.*?</template>", "", form[0], flags=re.DOTALL)
    found = {}
    for control in INPUT.finditer(without_templates):
        name, value = (re.search(rf'\b{key}="([^"]*)"', control[0]) for key in ("name", "value"))
        if name is None or ("checkbox" in control[0] and "checked" not in control[0]):
            continue
        text = control[1] if control[1] is not None else value[1] if value else "on" if "checkbox" in control[0] else ""
        found[name[1]] = html.unescape(text).strip()
    return found


def sent(client: Client, path: str, data: dict[str, str], button: str = "", **changes: str) -> Any:
    name, _is, value = button.partition("=")
    return client.post(path, {**data, **changes, **({name: value} if name else {})})


@pytest.fixture
def manager(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client_of(roles.MANAGER)


def menu() -> str:
    return described(PortalSettings.objects.current().menu_entries)


def test_a_menu_is_made_by_buttons_alone(manager: Client) -> None:
    band = BandFactory(name="The Owls")
    data = fields(manager.get(MENU).content.decode())
    assert data["menu-0-target"] == "place:bands"
    data = fields(sent(manager, MENU, data, "add=menu:heading").content.decode())
    data["menu-5-label"] = "More"
    data = fields(sent(manager, MENU, data, "add=menu:band", **{"menu-add-band": str(band.pk)}).content.decode())
    data |= {"menu-6-is_below": "on"}
    data = fields(sent(manager, MENU, data, "add=menu:address").content.decode())
    data |= {"menu-7-label": "Shop", "menu-7-address": "shop.example/x", "menu-7-is_below": "on"}
    data = fields(sent(manager, MENU, data, "move=menu:5:-1").content.decode())
    assert [data[f"menu-{at}-label"] for at in (4, 5, 6, 7)] == ["More", "", "Shop", ""], "what is below comes along"
    data["menu-0-DELETE"] = "on"
    assert PortalSettings.objects.current().menu == {}, "nothing is stored until it is saved"

    assert sent(manager, MENU, data).status_code == 302

    assert menu() == "Gigs, News, Polls, More (band, Shop), Search"
    entries = PortalSettings.objects.current().menu_entries
    assert entries[3].below == (MenuEntry(row_target(band)), MenuEntry("https://shop.example/x", "Shop"))
    assert "The Owls" in manager.get(MENU).content.decode()


def test_the_standard_menu_stays_the_standard_one(manager: Client) -> None:
    """Kinds of content that come with a later release then stand in it."""
    data = fields(manager.get(MENU).content.decode())
    sent(manager, MENU, data)
    assert PortalSettings.objects.current().menu == {}
    sent(manager, MENU, data, **{"menu-0-label": "Groups"})
    assert menu().startswith("Groups, ")
    data = fields(sent(manager, MENU, fields(manager.get(MENU).content.decode()), "reset=1").content.decode())
    sent(manager, MENU, data)
    assert PortalSettings.objects.current().menu == {}


def test_a_page_is_added_by_its_title(manager: Client) -> None:
    about = PageFactory(title="About us")
    data = fields(manager.get(MENU).content.decode())
    answer = sent(manager, MENU, data, "add=menu:page", **{"menu-add-page": str(about.pk)}).content.decode()
    assert fields(answer)["menu-5-target"] == row_target(about)
    assert "About us" in answer
    assert "About us" in manager.get("/backstage/pages/known/?of=x&x=about").content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"menu-0-target": "address", "menu-0-label": "x", "menu-0-address": "javascript:alert(1)"}, "https://"),
        ({"menu-0-target": "address", "menu-0-label": "x", "menu-0-address": "//evil.example"}, "https://"),
        ({"menu-0-target": "address", "menu-0-label": "x"}, "https://"),
        ({"menu-0-target": "address", "menu-0-address": "/x/"}, "visitors read"),
        ({"menu-0-target": "heading", "menu-0-label": "x"}, "entries below it"),
        ({"menu-1-target": "heading", "menu-1-label": "x", "menu-1-is_below": "on"}, "be a sub-entry"),
        ({"menu-0-target": "place:admin:index"}, "leads to nothing"),
        ({"menu-0-target": "row:accounts.user:1"}, "leads to nothing"),
        ({"menu-0-target": "javascript:alert(1)"}, "leads to nothing"),
        ({"menu-0-label": "x" * 61}, "60"),
        ({"menu-TOTAL_FORMS": "10000"}, f"room for {MOST_ENTRIES} entries"),
    ],
)
def test_what_no_menu_is_comes_back_with_the_reason(manager: Client, changes: dict[str, str], says: str) -> None:
    data = fields(manager.get(MENU).content.decode())
    answer = sent(manager, MENU, data, **changes)
    assert answer.status_code == 422
    assert says in html.unescape(answer.content.decode())
    assert PortalSettings.objects.current().menu == {}


@pytest.mark.parametrize(
    "button", ["add=menu:nothing", "add=x:gigs", "add=:", "move=menu:99:1", "move=x", "move=menu:-1:1"]
)
def test_buttons_that_the_page_doesnt_have_change_nothing(manager: Client, button: str) -> None:
    data = fields(manager.get(MENU).content.decode())
    answer = sent(manager, MENU, data, button)
    assert answer.status_code == 200
    names = [name for name in data if name.endswith("-target")]
    assert [fields(answer.content.decode())[name] for name in names] == [data[name] for name in names]


def test_a_footer_has_text_columns_and_a_last_line(manager: Client) -> None:
    data = fields(manager.get(FOOTER).content.decode())
    data["text"] = "Owls e. V.\nBerlin"
    data = fields(sent(manager, FOOTER, data, "add=columns:heading").content.decode())
    data["columns-0-label"] = "Visit"
    data = fields(sent(manager, FOOTER, data, "add=columns:gigs").content.decode())
    data["columns-1-is_below"] = "on"
    data = fields(sent(manager, FOOTER, data, "add=legal:address").content.decode())
    data |= {"legal-0-label": "Terms", "legal-0-address": "/terms/"}
    assert data["text"] == "Owls e. V.\nBerlin"
    assert sent(manager, FOOTER, data).status_code == 302
    footer = read_footer(PortalSettings.objects.current().footer)
    assert (footer.text, described(footer.columns)) == ("Owls e. V.\nBerlin", "Visit (Gigs)")
    assert footer.legal == (MenuEntry("/terms/", "Terms"),)


def test_social_links_are_typed_ordered_and_bounded(manager: Client) -> None:
    data = fields(manager.get(SOCIAL).content.decode())
    data |= {"links-0-url": "instagram.com/owls", "links-0-position": "2", "links-1-position": "1"}
    data = fields(sent(manager, SOCIAL, data, "more_rows=links").content.decode())
    assert data["links-0-url"] == "instagram.com/owls"
    data |= {"links-0-position": "2", "links-1-url": "https://chaos.social/@owls", "links-1-position": "1"}
    assert sent(manager, SOCIAL, data).status_code == 302
    assert [each.name for each in read_links(PortalSettings.objects.current().social_links)] == [
        "Mastodon",
        "Instagram",
    ]
    refused = sent(manager, SOCIAL, {**data, "links-0-url": "javascript:alert(1)"})
    assert refused.status_code == 422
    too_many = sent(manager, SOCIAL, {**data, "links-TOTAL_FORMS": "1000"})
    assert f"room for {MOST_LINKS} links" in too_many.content.decode()


def test_a_bar_is_stored_in_the_portals_zone(manager: Client) -> None:
    data = fields(manager.get(BAR).content.decode())
    data |= {
        "bar_text": "Out now",
        "bar_url": "/news/",
        "bar_from": "2027-07-01T12:00",
        "bar_until": "2027-07-02T12:00",
    }
    assert sent(manager, BAR, data).status_code == 302
    settings = PortalSettings.objects.current()
    assert settings.bar_from is not None
    assert settings.bar_from.isoformat() == "2027-07-01T10:00:00+00:00"
    assert sent(manager, BAR, {**data, "bar_until": "2027-06-01T12:00"}).status_code == 422
    assert sent(manager, BAR, {**data, "bar_url": "", "bar_link": "Listen"}).status_code == 422
    assert sent(manager, BAR, {**data, "bar_url": "javascript:alert(1)"}).status_code == 422


def test_two_editors_get_both_texts(in_alice_portal: Portal, manager: Client) -> None:
    owner = in_alice_portal.client_of(roles.OWNER)
    first, second = (fields(each.get(MENU).content.decode()) for each in (manager, owner))
    sent(manager, MENU, first, **{"menu-0-label": "Groups"})

    answer = sent(owner, MENU, second, **{"menu-1-label": "Concerts"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "Changed by" in body
    assert "Groups, Gigs, News" in body
    assert "Bands, Concerts, News" in body
    assert menu().startswith("Groups, Gigs")

    agreed = re.search(r'name="anyway" value="(\d+)"', body)
    assert agreed
    assert sent(owner, MENU, fields(body), anyway=agreed[1]).status_code == 302
    assert menu().startswith("Bands, Concerts")


def test_who_changed_nothing_overwrites_nothing(in_alice_portal: Portal, manager: Client) -> None:
    owner = in_alice_portal.client_of(roles.OWNER)
    first, second = (fields(each.get(MENU).content.decode()) for each in (manager, owner))
    sent(manager, MENU, first, **{"menu-0-label": "Groups"})
    assert sent(owner, MENU, second).status_code == 302
    assert menu().startswith("Groups, ")


def test_changes_are_told_and_can_be_put_back(manager: Client) -> None:
    data = fields(manager.get(MENU).content.decode())
    sent(manager, MENU, data, **{"menu-0-label": "Groups"})
    body = manager.get("/backstage/settings/history/").content.decode()
    assert "the standard menu" in body
    assert "Groups, Gigs, News, Polls, Search" in body
    act = re.search(r'name="act" value="(\d+)"', body)
    assert act
    manager.post("/backstage/settings/put-back/", {"act": act[1]})
    assert PortalSettings.objects.current().menu == {}


@pytest.mark.parametrize("path", [MENU, FOOTER, SOCIAL, BAR])
def test_only_owners_and_managers_edit(in_alice_portal: Portal, path: str) -> None:
    assert [in_alice_portal.client_of(role).get(path).status_code for role in (roles.OWNER, roles.MANAGER)] == [
        200,
        200,
    ]
    assert [in_alice_portal.client_of(role).get(path).status_code for role in (roles.EDITOR, roles.MEMBER)] == [
        403,
        403,
    ]
    assert in_alice_portal.client().get(path).status_code == 302


def test_the_owners_copy_has_it(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        settings = PortalSettings.objects.current()
        settings.menu = written_menu([MenuEntry("/x/", "Ours")])
        settings.save()
    with organization_export(alice_portal.organization) as file, zipfile.ZipFile(file) as folder:
        (row,) = json.loads(folder.read("portals/portalsettings.json"))
    assert read_entries(row["fields"]["menu"]) == (MenuEntry("/x/", "Ours"),)
    assert {"footer", "social_links", "bar_text", "bar_until"} <= row["fields"].keys()
