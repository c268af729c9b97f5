"""A backup of long ago comes back: made by commit 330f346, before subjects had rooms and rows a uid, trash or history.

`archives/330f346.tar.gz` is what that code saved of a small portal, without the encryption around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.backups.archives import Archive, archive_named
from bandstand.backups.restoring import restore_tenant
from bandstand.bands.models import Band
from bandstand.content.searching import best_matches
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.media.emptying import tenant_files_delete
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.provisioning import organization_drop_schema

SAVED = Path(__file__).with_name("archives") / "330f346.tar.gz"


@pytest.fixture
def archive(backups: Path, committing: None) -> Iterator[Archive]:
    """The old backup where this installation keeps its own; the portal is removed afterwards."""
    name = "dora/20261130T053321084636Z.tar.gz.age"
    recipient = pyrage.x25519.Identity.from_str(settings.BACKUP_KEYS[0]).to_public()
    (backups / "dora").mkdir()
    (backups / name).write_bytes(pyrage.encrypt(SAVED.read_bytes(), [recipient]))
    yield archive_named(name)
    for organization in Organization.objects.filter(slug="dora"):
        organization_drop_schema(organization)
        tenant_files_delete(organization.schema_name)
        organization.delete()
    User.objects.filter(email="dora@example.org").delete()


@pytest.mark.long
def test_it_comes_back_with_all_that_was_added_since(archive: Archive) -> None:
    back = restore_tenant(archive).organization

    assert not [drift for drift in find_drift() if drift.schema_name == back.schema_name]
    assert [owner.email for owner in back.owners.all()] == ["dora@example.org"]
    with tenant_context(back):
        band = best_matches(Band.objects.published(), "wolfe erna polka").get()
        assert (band.name, band.town, band.uid.version) == ("Die Wölfe", "Böhl", 7)
        church, same, hall = Gig.objects.order_by("slug")
        assert (church.venue, same.venue, hall.venue) == ("Kirche", "KIRCHE", "Halle")
        assert church.place == same.place != hall.place
        assert [choice.text for choice in Question.objects.get().choices.all()] == ["Ja", "Nein"]
        assert Enquiry.objects.get().band == band
        assert User.objects.filter(email="emil@example.org", groups__name="editor").exists()
    connection.set_schema_to_public()
    assert "Die Wölfe" in Client(HTTP_HOST=back.host).get("/bands/die-woelfe/").content.decode()
