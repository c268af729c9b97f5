"""The venues of gigs from before there were venues."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.content.changes import Change
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue
from tests.conftest import Portal
from tests.factories.gigs import GigFactory

FILL = import_module("bandstand.gigs.migrations.0010_places_of_old_gigs").FILL
# As the release before left them.
BEFORE = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE gigs_gig DISABLE TRIGGER USER;
DELETE FROM content_change;
UPDATE gigs_gig SET place_id = NULL;
ALTER TABLE venues_venue DISABLE TRIGGER USER;
DELETE FROM venues_venue;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE gigs_gig ENABLE TRIGGER USER;
ALTER TABLE venues_venue ENABLE TRIGGER USER;
"""


def test_one_name_and_town_become_one_venue_as_the_latest_gig_spells_it(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        for year, venue, town, address in (
            (2020, "Kirche", "Hof", "Ring 1"),
            (2022, "KİRCHE", "HOF", ""),
            (2021, "kirche ", "hof", ""),
            (2021, "Kirche", "Austin", ""),
        ):
            GigFactory(venue=venue, town=town, address=address, starts_at=datetime(year, 5, 1, 20, tzinfo=UTC))
        written = list(Gig.objects.order_by("pk").values("pk", "venue", "town", "address", "updated_at"))
        cursor.execute(BEFORE)

        for _again in range(2):
            cursor.execute(FILL)

            found = [
                (venue.name, venue.town, venue.street, venue.gig_count) for venue in Venue.objects.with_gig_count()
            ]
            assert set(found) == {("KİRCHE", "HOF", "Ring 1", 3), ("Kirche", "Austin", "", 1)}
        assert list(Gig.objects.order_by("pk").values("pk", "venue", "town", "address", "updated_at")) == written
        assert not Change.objects.exists(), "nobody changed anything"
        assert len({venue.uid for venue in Venue.objects.all()}) == 2
