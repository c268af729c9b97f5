"""Ended sessions leave nothing behind, in any schema; living ones stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tenants.utils import schema_context

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import TIDY_ACCOUNTS, TidyAccounts
from bandstand_worker import registry
from tests.conftest import Portal
from tests.worker.conftest import WorkOff


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def sessions_of(schema: str, email: str) -> None:
    with schema_context(schema):
        user = User.objects.get(email=email)
        for key, days in (("living", 1), ("ended", -1)):
            Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
            UserSession.objects.create(user=user, session_key=key, ip="192.0.2.1", user_agent="a browser")


def keys_in(schema: str) -> tuple[set[str], set[str]]:
    with schema_context(schema):
        return (
            set(Session.objects.values_list("session_key", flat=True)),
            set(UserSession.objects.values_list("session_key", flat=True)),
        )


def test_it_tidies_every_schema_and_ends_no_living_session(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    places = {
        "public": "alice@example.org",
        alice_portal.organization.schema_name: "alice@example.org",
        charlie_portal.organization.schema_name: "charlie@example.org",
    }
    for schema, email in places.items():
        sessions_of(schema, email)

    job = enqueue(TIDY_ACCOUNTS, TidyAccounts(), organization=None)
    (done,) = [each for each in work_off() if each.pk == job.pk]

    assert done.result == {"deleted": 6}
    for schema in places:
        assert keys_in(schema) == ({"living"}, {"living"})
