"""From a release before, owners keep the platform's password alone, and are told so once."""

from __future__ import annotations

from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owner_add, owners_changed_elsewhere, owners_derive
from bandstand.teams.job_kinds import (
    CARRY_OWNERS,
    FOLLOW_OWNERS,
    TELL_OWNERS,
    CarryOwners,
    FollowOwners,
    TellOwners,
)
from bandstand_worker.handlers.carry_owners import carry_owners
from bandstand_worker.handlers.follow_owners import follow_owners
from bandstand_worker.handlers.tell_owners import tell_owners
from bandstand_worker.run import RetryLater, Run
from tests.conftest import PASSWORD, Portal
from tests.shared.teams.test_one_set_of_owners import as_before

ALICE = "alice@example.org"
MIGRATION = import_module("bandstand.teams.migrations.0003_owners_log_in_at_the_platform")


@pytest.fixture
def migrated(alice_portal: Portal) -> Portal:
    """Alice's portal, where she had a password and an app of the portal's own, and an editor has both still."""
    with tenant_context(alice_portal.organization):
        with as_before():
            alice = alice_portal.user()
            alice.set_password(PASSWORD)
            alice.save()
        for user in (alice, alice_portal.user(roles.EDITOR)):
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
        with connection.cursor() as cursor:
            cursor.execute(MIGRATION.FORWARD)
    return alice_portal


def run_for(portal: Portal) -> Run:
    return Run(job_id=0, kind="", organization=portal.organization, attempt=1)


def test_owners_lose_password_and_app_at_the_portal_and_others_nothing(migrated: Portal) -> None:
    with tenant_context(migrated.organization):
        assert not User.objects.get(email=ALICE).has_usable_password()
        assert migrated.user(roles.EDITOR).check_password(PASSWORD)
        assert [each.user for each in Authenticator.objects.all()] == [migrated.user(roles.EDITOR)]
    assert User.objects.get(email=ALICE).check_password(PASSWORD)


def test_each_row_gets_another_text(migrated: Portal) -> None:
    with tenant_context(migrated.organization):
        before = User.objects.get(email=ALICE).password
        with connection.cursor() as cursor:
            cursor.execute(MIGRATION.FORWARD)
        assert User.objects.get(email=ALICE).password != before


def test_owners_are_told_once_however_many_portals_they_have(migrated: Portal, charlie_portal: Portal) -> None:
    others = list(OutgoingMessage.objects.values_list("pk", flat=True))  # committed by other tests
    owner_add(organization=charlie_portal.organization, account=User.objects.get(email=ALICE))
    job = Job.objects.get(kind=TELL_OWNERS.name)
    assert (job.organization, job.payload) == (migrated.organization, {})

    for portal in (migrated, charlie_portal, migrated):
        with tenant_context(portal.organization):
            tell_owners(TellOwners(), run_for(portal))

    connection.set_schema_to_public()
    mails = OutgoingMessage.objects.filter(recipients__contains=[ALICE]).exclude(pk__in=others)
    assert [mail.subject for mail in mails] == ["One password for all your portals"]
    assert "http://bandstand.localhost:8000/accounts/login/" in mails[0].text


def test_a_new_portal_writes_no_mail(alice_portal: Portal) -> None:
    assert not Job.objects.filter(kind=TELL_OWNERS.name).exists()


def test_a_portal_on_its_way_follows_once_it_is_open_again(alice_portal: Portal) -> None:
    bob = alice_portal.user(roles.OWNER, "bob@example.org")
    connection.set_schema_to_public()
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.MOVING)
    account = User.objects.get(email=bob.email)
    account.set_password("eight-days-a-week")
    account.save()
    with tenant_context(alice_portal.organization):
        before = User.objects.get(pk=bob.pk).password
    (job,) = Job.objects.filter(kind=CARRY_OWNERS.name)
    with pytest.raises(RetryLater, match="on its way"):
        carry_owners(CarryOwners(**job.payload), run_for(alice_portal))

    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.ACTIVE)
    carry_owners(CarryOwners(**job.payload), run_for(alice_portal))

    with tenant_context(alice_portal.organization):
        assert User.objects.get(pk=bob.pk).password != before


def test_a_portal_that_lacks_migrations_follows_once_it_has_them(alice_portal: Portal) -> None:
    """Its tables may lack columns that this code names in every query."""
    before = alice_portal.user().password
    Organization.objects.filter(pk=alice_portal.organization.pk).update(lacks_migrations=migrations_digest())
    alice_portal.organization.refresh_from_db()

    owners_derive(alice_portal.organization, end_sessions_of=[ALICE])

    job = Job.objects.get(kind=CARRY_OWNERS.name)
    with pytest.raises(RetryLater):
        carry_owners(CarryOwners(**job.payload), run_for(alice_portal))
    assert alice_portal.user().password == before
    assert Job.objects.filter(kind=CARRY_OWNERS.name).count() == 1
    Organization.objects.filter(pk=alice_portal.organization.pk).update(lacks_migrations="")
    carry_owners(CarryOwners(**job.payload), run_for(alice_portal))
    assert alice_portal.user().password != before


def test_a_portal_that_arrives_is_left_as_it_came(alice_portal: Portal) -> None:
    alice_portal.organization.state = Organization.State.ARRIVING

    owners_changed_elsewhere.send(sender=Organization, organization=alice_portal.organization, end_sessions_of=[])

    assert not Job.objects.filter(kind=CARRY_OWNERS.name).exists()


def test_a_job_of_the_release_before_is_still_done(alice_portal: Portal) -> None:
    before = alice_portal.user().password
    payload = FollowOwners([User.objects.get(email=ALICE).pk])

    with tenant_context(alice_portal.organization):
        follow_owners(payload, run_for(alice_portal))

    assert alice_portal.user().password != before
    assert FOLLOW_OWNERS.works_in == {"active", "suspended"}
