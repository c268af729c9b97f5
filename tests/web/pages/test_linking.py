"""Pages come into the menu by a button."""

from __future__ import annotations

import pytest

from bandstand.accounts import roles
from bandstand.pages.linking import is_in_menu
from bandstand.pages.models import Page
from bandstand.portals.around_pages import written_menu
from bandstand.portals.menus import MOST_ENTRIES, MenuEntry
from bandstand.portals.models import PortalSettings
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.pages import PageFactory

BUTTON = "Add to menu"


def test_a_page_comes_to_the_end_of_the_menu_once(in_alice_portal: Portal) -> None:
    manager = in_alice_portal.client_of(roles.MANAGER)
    page = PageFactory(title="About us")
    content = f"/backstage/pages/{page.pk}/content/"
    assert BUTTON in manager.get(content).content.decode()

    for _time in range(2):
        assert manager.post(f"/backstage/pages/{page.pk}/menu/")["Location"] == content

    assert BUTTON not in manager.get(content).content.decode()
    resolver.forget()
    menu = in_alice_portal.client().get("/").content.decode().partition("<footer")[0]
    assert menu.count("About us") == menu.count(">Polls<")
    assert menu.rindex("Search") < menu.rindex("About us")


@pytest.mark.parametrize(
    "reason", [{"visibility": Page.Visibility.UNLISTED}, {"is_home": True}], ids=["unlisted", "the home page"]
)
def test_it_is_offered_for_pages_that_belong_there(reason: dict[str, object], in_alice_portal: Portal) -> None:
    page = PageFactory(**reason)

    answer = in_alice_portal.client_of(roles.OWNER).get(f"/backstage/pages/{page.pk}/content/")

    assert BUTTON not in answer.content.decode()


def test_a_full_menu_says_so(in_alice_portal: Portal) -> None:
    settings = PortalSettings.objects.current()
    settings.menu = written_menu(MenuEntry(f"/{number}/", str(number)) for number in range(MOST_ENTRIES))
    settings.save()
    page = PageFactory()

    answer = in_alice_portal.client_of(roles.OWNER).post(f"/backstage/pages/{page.pk}/menu/", follow=True)

    assert "The menu is full. Remove an entry first." in answer.content.decode()
    assert not is_in_menu(page)
