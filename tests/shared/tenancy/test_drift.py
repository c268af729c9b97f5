"""Drift that only a superuser can bring about, as one who restores with `--disable-triggers` does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from tests.servers import with_path


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """A tenant that other connections see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("drifting@example.org", "a-long-password")
        organization = organization_create(name="Drifting", slug="drifting", owner=owner)
        yield organization
        organization_drop_schema(organization)
        organization.delete()
        owner.delete()


def test_it_tells_foreign_keys_that_are_switched_off(committed: Organization) -> None:
    admin = json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"]
    with psycopg.connect(with_path(admin, connection.settings_dict["NAME"])) as server:
        server.execute(f"ALTER TABLE {committed.schema_name}.polls_vote DISABLE TRIGGER ALL")

    (drift,) = [drift for drift in find_drift() if drift.schema_name == committed.schema_name]

    assert "polls_vote (constraint polls_vote_choice_of_question)" in drift.different
