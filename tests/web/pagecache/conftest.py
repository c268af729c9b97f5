"""A portal whose rows are committed, as the cache of pages sees no test's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Band, Genre
from bandstand.database import content_version
from bandstand.organizations.models import Organization
from bandstand.people.models import Person
from bandstand.venues.models import Venue
from bandstand_web.pagecache import store as page_store
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory

BAND = "The Cached Cats"


@pytest.fixture
def alice(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Portal]:
    """Alice's portal with a band, a gig and a poll, all of it committed, as the cache sees no test's transaction."""
    with django_db_blocker.unblock():
        page_store.store._away_until = content_version.VersionChange._away_until = 0.0
        organization = Organization.objects.get(slug="alice")
        with tenant_context(organization):
            band = BandFactory(name=BAND, slug="cats", genres=["Doom"], town="Berlin")
            gig = GigFactory(slug="the-gig", bands=[band], starts_at=timezone.now() + timedelta(days=2))
            question = QuestionFactory()
            connection.set_schema_to_public()
            portal = Portal(organization, "alice@example.org")
            portal.client().get("/")  # the first visit of all writes the portal's settings
            content_version.client().flushdb()
            yield portal
            connection.set_tenant(organization)
            for rows in (question, gig, band):
                rows.delete()
            Band.objects.all().delete()
            Genre.objects.all().delete()
            Venue.objects.all().delete()
            Person.objects.all().delete()
            Session.objects.all().delete()
        connection.close()
