"""Times of gigs are on the venue's clock everywhere, and say so where it isn't the portal's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.gigs.showing_times import gig_time
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.servers import ROOT

ZONES = ["America/New_York", "Pacific/Auckland", "Europe/Berlin"]
TEMPLATES = [
    path for place in ("services", "shared") for path in (ROOT / place).rglob("templates/**/*") if path.is_file()
]


def late(day: int, zone: str) -> datetime:
    """Half past eleven in the evening there."""
    return datetime(2031, 1, day, 23, 30, tzinfo=ZoneInfo(zone))


def move_portal(portal: Portal, zone: str) -> None:
    Organization.objects.filter(pk=portal.organization.pk).update(time_zone=zone)
    portal.organization.refresh_from_db()


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        (("en", "Europe/Berlin", "Europe/Berlin"), "Fri 10 Jan 2031, 11:30 pm"),
        (("en", "Europe/Berlin", "Europe/Paris"), "Fri 10 Jan 2031, 11:30 pm"),  # another place, the same clock
        (("en", "Europe/Berlin", "America/New_York"), "Fri 10 Jan 2031, 11:30 pm (New York time)"),
        (("en", "America/New_York", "America/New_York"), "Fri, Jan 10, 2031, 11:30 PM"),
        (("en", "America/New_York", "Pacific/Auckland"), "Fri, Jan 10, 2031, 11:30 PM (Auckland time)"),
        (("de", "Europe/Berlin", "Pacific/Auckland"), "Fr., 10. Januar 2031, 23:30 Uhr (Ortszeit Auckland)"),
        (("de", "America/New_York", "America/New_York"), "Fr., 10. Januar 2031, 23:30 Uhr"),
        (("fr", "Europe/Berlin", "America/New_York"), "ven. 10 janvier 2031 à 23\u00a0h\u00a030 (heure de New York)"),
        (("it", "America/New_York", "America/New_York"), "ven 10 gennaio 2031, ore 23:30"),
        (("nl", "Europe/Berlin", "Europe/Berlin"), "vr 10 januari 2031, 23:30 uur"),
        (("es", "Europe/Berlin", "Europe/Berlin"), "vie, 10 de enero de 2031, 23:30\u00a0h"),
        (("en", "Pacific/Auckland", "UTC"), "Fri 10 Jan 2031, 11:30 pm (UTC time)"),
    ],
)
@pytest.mark.parametrize("readers", [*ZONES, "UTC"])
def test_it_shows_the_venues_clock_whatever_the_readers(
    readers: str, where: tuple[str, str, str], shown: str, alice_portal: Portal
) -> None:
    language, portals, venues = where
    move_portal(alice_portal, portals)
    gig = GigFactory.build(starts_at=late(10, venues).astimezone(UTC), doors_at=None, time_zone=venues)
    with tenant_context(alice_portal.organization), translation.override(language), timezone.override(readers):
        assert Template("{% load gig_times %}{% gig_time gig %}").render(Context({"gig": gig})) == shown
        assert gig_time(gig, "time") in shown
        assert gig_time(gig, "day") in shown
        assert gig_time(gig, "machine") == late(10, venues).isoformat()
        assert gig_time(gig, "day-number") == "10"
        assert gig_time(gig, doors=True) == ""
        with pytest.raises(ValueError, match="none of"):
            gig_time(gig, "whenever")


def test_no_template_shows_a_gigs_time_in_another_way() -> None:
    times = re.compile(
        r"{{[^}]*\.(?:starts_at|doors_at|local_start|local_doors)|\b(?:starts_at|doors_at|local_start|local_doors)\|"
    )
    assert len(TEMPLATES) > 50
    found = [f"{path.relative_to(ROOT)}" for path in TEMPLATES if times.search(path.read_text())]
    assert found == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("portals", ZONES)
def test_every_page_shows_the_venues_clock(portals: str, zone: str, alice_portal: Portal) -> None:
    move_portal(alice_portal, portals)
    start = (timezone.now() + timedelta(days=10)).astimezone(ZoneInfo(zone)).replace(hour=23, minute=30, second=0)
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Motörhead")
        gig = GigFactory(starts_at=start, doors_at=start, time_zone=zone, bands=[band])
    visitor, owner = alice_portal.client(), alice_portal.client_of(roles.OWNER)
    time = "11:30 PM" if portals == "America/New_York" else "11:30 pm"
    if start.utcoffset() != start.astimezone(ZoneInfo(portals)).utcoffset():
        time += f" ({zone.partition('/')[2].replace('_', ' ')} time)"
    for client, path in (
        *((visitor, path) for path in ("/", "/gigs/", f"/gigs/{gig.slug}/", f"/bands/{band.slug}/")),
        *((owner, path) for path in ("/backstage/", "/backstage/gigs/", "/admin/gigs/gig/")),
    ):
        text = client.get(path).content.decode()
        assert time in text, path
        if path != "/admin/gigs/gig/" and not path.startswith("/backstage"):
            assert f"<b>{start.day}</b>" in text, path
    assert f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}" in visitor.get(f"/gigs/{gig.slug}.ics").content.decode()
    assert start.replace(microsecond=0).isoformat()[:19] in visitor.get(f"/gigs/{gig.slug}/").content.decode()
