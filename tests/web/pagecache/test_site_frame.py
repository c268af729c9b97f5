"""What stands around kept pages turns with what it leads to, and the bar at both of its moments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.portals.around_pages import written_menu
from bandstand.portals.menus import MenuEntry, row_target
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal


def say(portal: Portal, **columns: object) -> None:
    with tenant_context(portal.organization):
        settings = PortalSettings.objects.current()
        for name, value in columns.items():
            setattr(settings, name, value)
        settings.save()


@pytest.fixture(autouse=True)
def _as_before(alice: Portal) -> Iterator[None]:
    yield
    say(alice, menu={}, bar_text="", bar_from=None, bar_until=None)


def kept(portal: Portal) -> str:
    """Return a page that is kept, asked for twice."""
    pages = [portal.client().get("/polls/").content.decode() for _twice in range(2)]
    assert pages[0] == pages[1]
    return pages[0]


def test_a_kept_page_turns_when_a_row_leaves_the_menu(alice: Portal) -> None:
    with tenant_context(alice.organization):
        band = Band.objects.get(slug="cats")
    say(alice, menu=written_menu([MenuEntry(row_target(band)), MenuEntry("place:polls")]))
    assert "/bands/cats/" in kept(alice)
    with tenant_context(alice.organization):
        Band.objects.update(is_published=False)
    assert "/bands/cats/" not in kept(alice)
    with tenant_context(alice.organization):
        Band.objects.update(is_published=True)
    assert "/bands/cats/" in kept(alice)


def test_a_kept_page_turns_when_the_bar_comes_and_when_it_goes(alice: Portal) -> None:
    now = timezone.now()
    say(alice, bar_text="Out on Friday", bar_from=now + timedelta(minutes=2), bar_until=now + timedelta(minutes=4))

    def at(minutes: int) -> bool:
        moment = now + timedelta(minutes=minutes)
        with patch("django.utils.timezone.now", lambda: moment), patch("time.time", moment.timestamp):
            return "Out on Friday" in kept(alice)

    assert [at(minutes) for minutes in (1, 3, 5)] == [False, True, False]
