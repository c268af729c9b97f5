"""What one cell says to another about who owns a portal, as the other one hears it: Alice's portal lives there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.moving.carrying import message_receive, owners_message, removal_message
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import owner_account_create, owner_add, owner_remove
from bandstand.teams.invitations import invitation_create
from bandstand.teams.job_kinds import CARRY_OWNERS, CarryOwners
from bandstand.teams.membership import member_remove, role_change
from bandstand_worker.handlers.carry_owners import carry_owners
from bandstand_worker.run import RetryLater, Run
from tests.conftest import Portal

ALICE, DORA = "alice@example.org", "dora@example.org"
State = Organization.State
PLATFORM_RUN = Run(job_id=0, kind="", organization=None, attempt=1)


@pytest.fixture(autouse=True)
def _south(settings: Settings) -> None:
    settings.CELL = "south"


def said(*emails: str, version: int, ended: tuple[str, ...] = ()) -> str:
    """Return what the platform's cell says when these own Alice's portal; it is written down nowhere."""
    organization = Organization.objects.get(slug="alice")
    before = set(organization.owners.all())
    connection.set_schema_to_public()
    organization.owners_version = version
    Organization.objects.filter(pk=organization.pk).update(owners_version=version, state=State.ARRIVING)
    organization.refresh_from_db()
    accounts = [User.objects.filter(email=each).first() or owner_account_create(email=each) for each in emails]
    organization.owners.set(accounts)
    message, told = owners_message(organization, to="south", ended=ended)
    assert told == version
    organization.owners.set(before)
    Organization.objects.filter(pk=organization.pk).update(owners_version=0, state=State.ACTIVE)
    return message


def team_owners(portal: Portal) -> set[str]:
    with tenant_context(portal.organization):
        return set(roles.holders(roles.OWNER).values_list("email", flat=True))


def post(message: str) -> tuple[int, dict[str, str]]:
    answer = Client(HTTP_HOST="bandstand.localhost").post("/cells/owners/", {"message": message})
    return answer.status_code, answer.json()


def test_the_team_follows_and_another_portal_s_doesn_t(alice_portal: Portal, charlie_portal: Portal) -> None:
    assert post(said(DORA, version=3)) == (200, {"cell": ""})

    assert team_owners(alice_portal) == {DORA}
    assert team_owners(charlie_portal) == {"charlie@example.org"}
    with tenant_context(alice_portal.organization):
        assert not User.objects.get(email=ALICE).is_active
        assert not User.objects.get(email=DORA).has_usable_password()


def test_what_is_older_never_undoes_what_is_newer(alice_portal: Portal) -> None:
    old, new = said(ALICE, DORA, version=3), said(DORA, version=4)

    message_receive(new)
    message_receive(old)
    message_receive(new)

    assert team_owners(alice_portal) == {DORA}
    assert Organization.objects.get(slug="alice").owners_version == 4


def test_sessions_end_whatever_the_order(alice_portal: Portal) -> None:
    old, new = said(ALICE, version=3, ended=(ALICE,)), said(ALICE, version=4)
    message_receive(new)
    before = alice_portal.user().password

    message_receive(old)

    assert alice_portal.user().password != before


@pytest.mark.parametrize(
    "change", [lambda message: message[:-2], lambda message: f"x{message}", lambda _message: "", lambda _message: "[1]"]
)
def test_what_isn_t_signed_by_a_cell_is_refused(alice_portal: Portal, change: Callable[[str], str]) -> None:
    assert post(change(said(DORA, version=3)))[0] == 403
    assert team_owners(alice_portal) == {ALICE}


def test_a_message_for_another_cell_or_from_long_ago_is_refused(
    alice_portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = said(DORA, version=3)
    settings.CELL = "east"
    assert post(message)[0] == 403
    settings.CELL = ""
    assert post(message)[0] == 403
    settings.CELL = "south"
    monkeypatch.setattr("bandstand.moving.carrying.MESSAGE_SECONDS", -1)
    assert post(message)[0] == 403

    assert team_owners(alice_portal) == {ALICE}


@pytest.mark.parametrize(
    ("state", "answer"),
    [(State.MOVED, (200, {"cell": "east"})), (State.MOVING, (409, {"problem": "the portal is on its way"}))],
)
def test_a_portal_on_its_way_or_elsewhere_is_said_to_be(
    alice_portal: Portal, state: str, answer: tuple[int, dict[str, str]]
) -> None:
    message = said(DORA, version=3)
    Organization.objects.filter(slug="alice").update(state=state, cell="east")

    assert post(message) == answer
    assert team_owners(alice_portal) == {ALICE}


def test_a_suspended_portal_follows_and_a_deleted_one_needs_nothing(alice_portal: Portal) -> None:
    message = said(DORA, version=3)
    Organization.objects.filter(slug="alice").update(state=State.DELETING)
    assert post(message) == (200, {"cell": ""})
    assert team_owners(alice_portal) == {ALICE}
    Organization.objects.filter(slug="alice").update(state=State.SUSPENDED)

    assert post(message) == (200, {"cell": ""})
    assert team_owners(alice_portal) == {DORA}


def test_whom_the_team_takes_off_doesn_t_come_back_and_the_platform_hears_of_it(alice_portal: Portal) -> None:
    message_receive(said(ALICE, DORA, version=3))
    with tenant_context(Organization.objects.get(slug="alice")):
        member_remove(user=User.objects.get(email=ALICE))
    (job,) = Job.objects.filter(kind=CARRY_OWNERS.name)
    late = said(ALICE, DORA, version=4)
    Organization.objects.filter(slug="alice").update(owners_version=3)

    assert post(late)[0] == 409, "the platform's cell doesn't know yet"
    assert team_owners(alice_portal) == {DORA}
    assert job.payload["removed"] == [User.objects.get(email=ALICE).pk]


def test_a_team_elsewhere_names_no_owners(alice_portal: Portal) -> None:
    message_receive(said(ALICE, version=3))
    bob = alice_portal.user(roles.EDITOR)

    with tenant_context(Organization.objects.get(slug="alice")), pytest.raises(ValidationError, match="platform"):
        role_change(user=bob, role=roles.OWNER)

    assert team_owners(alice_portal) == {ALICE}


def test_nor_does_an_invitation(alice_portal: Portal) -> None:
    tokens: list[str] = []

    def invite(email: str) -> None:
        with tenant_context(Organization.objects.get(slug="alice")):
            invitation_create(
                email=email, role=roles.OWNER, invited_by=alice_portal.user(), address=lambda t: tokens.append(t) or "x"
            )

    invite("invited-before@example.org")
    message_receive(said(ALICE, version=3))

    with pytest.raises(ValidationError, match="platform"):
        invite(DORA)
    answer = alice_portal.client().post(
        f"/accounts/join/{tokens[0]}/", {"name": "Dora", "password": "seven-strings-and-a-drum"}
    )
    assert answer.status_code == 410
    assert team_owners(alice_portal) == {ALICE}


@pytest.fixture
def moved(alice_portal: Portal) -> Organization:
    """Alice's portal as the platform's cell keeps it once it lives in another one."""
    Organization.objects.filter(slug="alice").update(state=State.MOVED, cell="south")
    return Organization.objects.get(slug="alice")


def test_each_change_at_the_platform_is_a_job_of_the_platform(moved: Organization) -> None:
    dora = owner_account_create(email=DORA)
    owner_add(organization=moved, account=dora)
    dora.set_password("eight-days-a-week")
    dora.save()

    jobs = Job.objects.filter(kind=CARRY_OWNERS.name, organization=None).order_by("pk")
    assert [job.payload["ended"] for job in jobs] == [[], [dora.pk]]
    moved.refresh_from_db()
    assert moved.owners_version == 2


def test_a_signpost_on_the_way_says_nothing_of_its_own(moved: Organization) -> None:
    moved.owners_cell = "north"
    moved.save()

    owner_add(organization=moved, account=owner_account_create(email=DORA))

    assert not Job.objects.filter(kind=CARRY_OWNERS.name).exists()


def test_a_cell_that_can_t_be_told_is_named_until_it_is(
    moved: Organization, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CELLS = {"south": "http://127.0.0.1:9"}
    owner_add(organization=moved, account=owner_account_create(email=DORA))

    with pytest.raises(RetryLater, match="doesn't answer"):
        carry_owners(CarryOwners(moved.pk), PLATFORM_RUN)
    with pytest.raises(CommandError):
        call_command("check_tenants")

    assert "alice: the cell south doesn't have its newest owners yet" in capsys.readouterr().err


def test_the_platform_s_cell_follows_a_removal_and_keeps_a_last_owner(moved: Organization) -> None:
    dora = owner_account_create(email=DORA)
    owner_add(organization=moved, account=dora)
    before = Job.objects.filter(kind=CARRY_OWNERS.name).count()

    message_receive(removal_message(moved, to="south", removed=[ALICE]))
    message_receive(removal_message(moved, to="south", removed=[DORA]))

    assert [owner.email for owner in moved.owners.all()] == [DORA]
    assert Job.objects.filter(kind=CARRY_OWNERS.name).count() == before + 2, "both times the team is told"
    owner_add(organization=moved, account=User.objects.get(email=ALICE))
    owner_remove(organization=moved, account=dora)
