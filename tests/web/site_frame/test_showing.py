"""What visitors see around a portal's pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.portals.around_pages import Footer, written_footer, written_menu
from bandstand.portals.menus import MenuEntry, row_target
from bandstand.portals.models import PortalSettings
from bandstand.portals.social_networks import _NETWORKS, WEBSITE, SocialLink, written_links
from bandstand.tenancy.resolution import resolver
from bandstand_web.site_frame.social_icons import ICONS
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.pages import PageFactory
from tests.factories.tours import TourFactory


def say(**columns: Any) -> None:
    settings = PortalSettings.objects.current()
    for name, value in columns.items():
        setattr(settings, name, value)
    settings.full_clean()
    settings.save()


def page(portal: Portal, path: str = "/polls/", **headers: str) -> str:
    resolver.forget()  # a request of this process remembers settings until it hears of the change
    return portal.client().get(path, headers=headers).content.decode()


def links(html: str, part: str) -> list[tuple[str, str]]:
    """Return address and text of the links in the menu or footer."""
    inside = re.search(rf"<{part}.*?</{part}>", html, re.DOTALL)
    found = re.findall(r'<a href="([^"]*)"[^>]*><bdi>(.*?)</bdi>', inside[0], re.DOTALL) if inside else []
    return [(url, text) for url, text in found if url != "/"]


def test_a_portal_without_a_menu_of_its_own_has_the_standard_one(in_alice_portal: Portal) -> None:
    html = page(in_alice_portal)
    assert [url for url, _text in links(html, "nav")] == ["/bands/", "/gigs/", "/news/", "/polls/", "/search/"]
    assert re.findall(r'<a href="([^"]*)" aria-current="page"', html) == ["/polls/"]
    assert "phone-menu" not in html, "it is short"


def test_entries_stand_in_their_order_with_those_below_them(in_alice_portal: Portal) -> None:
    entries = (
        MenuEntry("place:gigs", "On the road"),
        MenuEntry("", "More & more", (MenuEntry("https://shop.example/", "Shop"), MenuEntry("place:polls"))),
        MenuEntry("place:news", below=(MenuEntry("/news/old/", "Old"),)),
    )
    say(menu=written_menu(entries))
    html = page(in_alice_portal)
    own = [("/gigs/", "On the road"), ("https://shop.example/", "Shop"), ("/polls/", "Polls")]
    assert links(html, "nav") == [*own, ("/news/", "News"), ("/news/old/", "Old")]
    assert html.count('aria-current="page"') == 2, "in the menu, and in that of phones"
    assert html.count('<summary class="holds-current"><bdi>More &amp; more</bdi></summary>') == 1
    assert '<a href="https://shop.example/" rel="noopener">' in html
    assert links(page(in_alice_portal, **{"accept-language": "de"}), "nav")[2] == ("/polls/", "Umfragen")


def test_what_isnt_public_leaves_the_menu_and_comes_back(in_alice_portal: Portal) -> None:
    band = BandFactory(name="The Owls")
    tour = TourFactory(name="Night flight", is_published=False)
    entries = (
        MenuEntry("place:gigs"),
        MenuEntry(row_target(band)),
        MenuEntry("", "Tours", (MenuEntry(row_target(tour)),)),
    )
    say(menu=written_menu(entries), footer=written_footer(Footer(columns=entries)))

    def shown() -> list[str]:
        html = page(in_alice_portal)
        assert [text for _url, text in links(html, "footer")] == [text for _url, text in links(html, "nav")]
        assert ("Tours" in html) is ("Night flight" in html), "no heading without links"
        return [text for _url, text in links(html, "nav")]

    assert shown() == ["Gigs", "The Owls"]
    type(band).objects.filter(pk=band.pk).update(is_published=False)
    type(tour).objects.update(is_published=True)
    assert shown() == ["Gigs", "Night flight"]
    type(band).objects.filter(pk=band.pk).update(is_published=True)
    tour.delete()
    assert shown() == ["Gigs", "The Owls"]
    type(band).objects.filter(pk=band.pk).update(name="The Elms", slug="elms")
    assert ("/bands/elms/", "The Elms") in links(page(in_alice_portal), "nav")


def test_a_page_stands_in_the_menu_while_everybody_may_find_it(in_alice_portal: Portal) -> None:
    about = PageFactory(title="About us", slug="about")
    say(menu=written_menu([MenuEntry("place:gigs"), MenuEntry(row_target(about))]))
    assert links(page(in_alice_portal), "nav")[1:] == [("/about/", "About us")]
    assert re.search(r'<a href="/about/" aria-current="page"', page(in_alice_portal, "/about/"))
    for hidden in ("unlisted", "password", "team"):
        type(about).objects.update(visibility=hidden)
        assert links(page(in_alice_portal), "nav") == [("/gigs/", "Gigs")]


def test_a_menu_costs_a_query_at_most(in_alice_portal: Portal) -> None:
    def queries() -> int:
        page(in_alice_portal)
        with CaptureQueriesContext(connection) as seen:
            in_alice_portal.client().get("/polls/")
        return len(seen)

    before = queries()
    say(menu=written_menu([MenuEntry("place:gigs"), MenuEntry("/x/", "x")]))
    assert queries() == before
    rows = [MenuEntry(row_target(made())) for made in (BandFactory, TourFactory, PageFactory) for _time in range(5)]
    say(menu=written_menu(rows), footer=written_footer(Footer(columns=tuple(rows), legal=tuple(rows[:2]))))
    assert queries() == before + 1


def test_a_portal_shows_nothing_of_another(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        row = row_target(BandFactory(name="Charlie's band"))
        say(menu=written_menu([MenuEntry(row)]), social_links=written_links([SocialLink("https://charlie.example/")]))
        assert "Charlie&#x27;s band" in page(charlie_portal)
    with tenant_context(alice_portal.organization):
        say(menu=written_menu([MenuEntry(row), MenuEntry("place:gigs")]))
        assert links(page(alice_portal), "nav") == [("/gigs/", "Gigs")]
        assert "charlie.example" not in page(alice_portal)


def test_the_footer_has_text_columns_links_and_networks(in_alice_portal: Portal) -> None:
    footer = Footer(
        "We play.\n<b>Loud</b>", (MenuEntry("", "Visit", (MenuEntry("place:gigs"),)),), (MenuEntry("/terms/", "Terms"),)
    )
    say(
        footer=written_footer(footer),
        social_links=written_links(
            [SocialLink("https://chaos.social/@owls", "Owls"), SocialLink("https://a.example/")]
        ),
    )
    html = page(in_alice_portal)
    assert links(html, "footer") == [("/gigs/", "Gigs"), ("/terms/", "Terms")]
    assert "<p>We play.<br>&lt;b&gt;Loud&lt;/b&gt;</p>" in html
    assert '<a href="https://chaos.social/@owls" rel="me noopener"' in html
    assert '<span class="visually-hidden"><bdi>Owls (Mastodon)</bdi></span>' in html
    assert 'src="http' not in html, "nothing is loaded from there"


def test_each_network_has_an_icon() -> None:
    assert ICONS.keys() == {WEBSITE, *(key for key, _name, _hosts in _NETWORKS)}


def test_a_page_that_isnt_there_has_the_menu(in_alice_portal: Portal) -> None:
    say(menu=written_menu([MenuEntry("place:gigs", "On the road")]))
    html = page(in_alice_portal, "/nothing/here/")
    assert links(html, "nav") == [("/gigs/", "On the road")]
    assert 'role="search"' in html


@pytest.mark.parametrize("stored", [[], "x", 7, {"v": 1, "entries": [{"target": "javascript:alert(1)", "label": "x"}]}])
def test_a_page_is_there_whatever_is_stored(in_alice_portal: Portal, stored: Any) -> None:
    PortalSettings.objects.current()
    PortalSettings.objects.update(menu=stored, footer=stored, social_links=stored)
    html = page(in_alice_portal)
    assert "javascript:" not in html
    assert "colophon" in html


def test_the_bar_says_what_it_says_and_leads_there(in_alice_portal: Portal) -> None:
    say(bar_text="New record <out>", bar_url="/news/", bar_link="Listen")
    html = page(in_alice_portal)
    assert 'New record &lt;out&gt; <a href="/news/">Listen</a>' in html
    mark = PortalSettings.objects.current().bar_mark
    assert f'data-bar="{mark}"' in html
    assert not in_alice_portal.client().get("/polls/").cookies
    say(bar_text="Another")
    assert PortalSettings.objects.current().bar_mark != mark, "whoever closed that one sees this one"
    say(bar_until=timezone.now() - timedelta(seconds=1))
    assert "announcement-bar" not in page(in_alice_portal)
