"""What a plan allows: by whichever way somebody adds something, and over the limit all but adding goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.media.counted_storage import CountedStorage
from bandstand.organizations.limited import Limited, LimitedQuerySet
from bandstand.organizations.models import Organization
from bandstand.organizations.planning import allowance_end, allowance_save, subscription_save
from bandstand.organizations.plans import Allowance, Limit, Plan, Subscription
from bandstand.organizations.quotas import (
    LimitReachedError,
    bounds_of,
    counted_at_end,
    plan_of,
    portals_standing,
    room_take,
    standings,
)
from bandstand.portals.exporting import organization_export
from bandstand.teams.invitations import invitation_accept, invitation_create, invitation_resend
from bandstand.teams.models import Invitation
from bandstand.tenancy.provisioning import organization_create
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.importing import import_through
from tests.plans import put_on_plan


def by_the_backstage(portal: Portal) -> object:
    rows = {f"{prefix}-{name}": "0" for prefix in ("members", "links") for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return portal.client_of(roles.EDITOR).post("/backstage/bands/add/", {"name": "One more", "can_rock": "on", **rows})


def by_the_admin(portal: Portal) -> object:
    rows = {
        f"{prefix}-{name}": "0"
        for prefix in ("members", "links", "gallery")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return portal.client_of(roles.EDITOR).post("/admin/bands/band/add/", {"name": "One more", **rows})


def by_an_import(portal: Portal) -> object:
    with tenant_context(portal.organization):
        done = import_through(subject="bands", content="name\nOne more\nTwo more\n", by=portal.user())
    return " ".join(problem for refusal in done.refusals for problem in refusal["problems"])


def by_code(add: Callable[[], object]) -> Callable[[Portal], object]:
    def adding(portal: Portal) -> object:
        try:
            with tenant_context(portal.organization), transaction.atomic():
                add()
        except LimitReachedError as refused:
            return refused.messages[0]
        return ""

    return adding


WAYS: dict[str, Callable[[Portal], object]] = {
    "backstage": by_the_backstage,
    "admin": by_the_admin,
    "import": by_an_import,
    "save": by_code(lambda: Band(name="One more").save()),
    "create": by_code(lambda: Band.objects.create(name="One more")),
    "get_or_create": by_code(lambda: Band.objects.get_or_create(name="One more")),
    "bulk_create": by_code(lambda: Band.objects.bulk_create([Band(name="One more", slug="one-more")])),
    "factory": by_code(lambda: BandFactory(name="One more")),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_making_a_band_leads_past_the_plan(alice_portal: Portal, way: str) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory.create_batch(2)
    put_on_plan(alice_portal.organization, bands=2)

    answer = WAYS[way](alice_portal)

    text = answer if isinstance(answer, str) else answer.content.decode()  # type: ignore[attr-defined]
    assert "Your plan includes 2 bands" in text
    if way == "backstage":
        assert answer.status_code == 422  # type: ignore[attr-defined]
        assert "One more" in text, "what was typed is kept"
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 2


@pytest.mark.parametrize("way", WAYS)
def test_each_way_works_below_the_limit(alice_portal: Portal, way: str) -> None:
    put_on_plan(alice_portal.organization, bands=2)

    WAYS[way](alice_portal)

    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name="One more").exists()


def test_many_at_once_are_added_wholly_or_not_at_all(in_alice_portal: Portal) -> None:
    put_on_plan(in_alice_portal.organization, bands=3)
    rows = [Band(name=f"No. {number}", slug=f"no-{number}") for number in range(4)]

    with pytest.raises(LimitReachedError):
        Band.objects.bulk_create(rows)
    assert Band.objects.count() == 0
    Band.objects.bulk_create(rows[:3])
    assert Band.objects.count() == 3


def test_over_the_limit_reading_editing_exporting_and_deleting_go_on(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bands = [BandFactory(name=f"Band {number}") for number in range(3)]
    put_on_plan(alice_portal.organization, bands=1, storage=0, members=0, mails=0)

    with tenant_context(alice_portal.organization):
        bands[0].town = "Ulm"
        bands[0].save()
        bands[1].full_clean()
        bands[2].delete()
        assert Band.objects.count() == 2, "what is there stays"
    assert alice_portal.client().get(f"/bands/{bands[0].slug}/").status_code == 200
    organization_export(alice_portal.organization).close()


def test_an_import_changes_what_is_there_over_the_limit(in_alice_portal: Portal) -> None:
    BandFactory(name="Old", slug="old")
    put_on_plan(in_alice_portal.organization, bands=0)

    done = import_through(subject="bands", content="slug,name,town\nold,Old,Ulm\n", by=in_alice_portal.user())

    assert (done.changed, done.refusals) == (1, [])


def test_an_import_fills_the_plan_and_keeps_the_rest_for_later(in_alice_portal: Portal) -> None:
    put_on_plan(in_alice_portal.organization, bands=2)

    done = import_through(subject="bands", content='name\nOne\n""\nTwo\nThree\n', by=in_alice_portal.user())

    assert done.added == 2
    assert done.refusals[-1]["cells"][0] == "Three"


def test_room_that_others_took_during_a_long_import_takes_it_back(in_alice_portal: Portal) -> None:
    put_on_plan(in_alice_portal.organization, bands=2)

    with pytest.raises(LimitReachedError), transaction.atomic(), counted_at_end(Limit.BANDS):
        Band.objects.create(name="One")
        Band.objects.create(name="Two")
        models.Model.save(Band(name="Somebody else's", slug="others"))  # as another transaction would

    assert Band.objects.count() == 0


def test_room_is_taken_in_a_transaction_alone(django_db_setup: None, django_db_blocker: object) -> None:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        organization = Organization.objects.get(slug="alice")
        with tenant_context(organization), pytest.raises(transaction.TransactionManagementError):
            room_take(Limit.BANDS)


# --- Teams ---


def invite(portal: Portal, email: str) -> Invitation:
    return invitation_create(
        email=email, role=roles.EDITOR, invited_by=portal.user(), address=lambda token: f"https://example.org/{token}"
    )


def test_members_and_open_invitations_count_together(in_alice_portal: Portal) -> None:
    in_alice_portal.user(roles.EDITOR)
    put_on_plan(in_alice_portal.organization, members=3)
    invite(in_alice_portal, "bob@example.org")

    with pytest.raises(ValidationError, match="includes 3 team members"):
        invite(in_alice_portal, "dora@example.org")


def test_an_invitation_is_accepted_though_the_team_is_full(in_alice_portal: Portal) -> None:
    tokens: list[str] = []
    put_on_plan(in_alice_portal.organization, members=2)
    invitation_create(
        email="bob@example.org",
        role=roles.EDITOR,
        invited_by=in_alice_portal.user(),
        address=lambda token: tokens.append(token) or "https://example.org/",  # type: ignore[func-returns-value]
    )

    assert (
        invitation_accept(token=tokens[0], name="Bob", password="seven-strings-and-a-drum").email == "bob@example.org"
    )


def test_an_expired_invitation_takes_no_room_until_it_is_sent_again(in_alice_portal: Portal) -> None:
    put_on_plan(in_alice_portal.organization, members=2)
    expired = invite(in_alice_portal, "bob@example.org")
    Invitation.objects.update(expires_at=timezone.now())
    invite(in_alice_portal, "dora@example.org")

    with pytest.raises(LimitReachedError):
        invitation_resend(invitation=expired, address=lambda token: f"https://example.org/{token}")


def test_the_team_page_says_so_and_keeps_what_was_typed(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, members=1)

    answer = alice_portal.client_of(roles.OWNER).post(
        "/backstage/team/invite/", {"email": "bob@example.org", "role": roles.EDITOR}
    )

    assert answer.status_code == 422
    assert "includes 1 team members" in answer.content.decode()
    assert "bob@example.org" in answer.content.decode()


# --- Plans, subscriptions, allowances ---


def test_without_a_subscription_the_default_plan_holds(alice_portal: Portal, settings: Settings) -> None:
    settings.DEFAULT_PLAN = "club"

    assert plan_of(alice_portal.organization).slug == "club", "made where it is missing"

    Plan.objects.filter(slug="club").update(bands=7)
    assert bounds_of(alice_portal.organization)[Limit.BANDS].most == 7


def test_a_plan_holds_for_its_time_and_the_one_that_began_last_counts(alice_portal: Portal) -> None:
    now = timezone.now()
    plans = {name: Plan.objects.create(slug=name, name=name) for name in ("past", "long", "trial", "future")}
    for name, begins, ends in (("past", -9, -5), ("long", -8, None), ("trial", -2, 2), ("future", 3, None)):
        subscription_save(
            Subscription(
                organization=alice_portal.organization,
                plan=plans[name],
                starts_at=now + timedelta(days=begins),
                ends_at=None if ends is None else now + timedelta(days=ends),
            )
        )

    assert plan_of(alice_portal.organization).slug == "trial"
    Subscription.objects.filter(plan=plans["trial"]).update(ends_at=now)
    assert plan_of(alice_portal.organization).slug == "long"


def test_staff_lift_a_limit_until_a_date(in_alice_portal: Portal) -> None:
    organization = in_alice_portal.organization
    put_on_plan(organization, bands=0)
    until = timezone.now() + timedelta(days=3)
    allowance = allowance_save(
        Allowance(organization=organization, limit=Limit.BANDS, most=1, until=until, note="festival")
    )

    Band.objects.create(name="One")
    with pytest.raises(LimitReachedError):
        Band.objects.create(name="Two")
    assert bounds_of(organization)[Limit.BANDS].until == until

    allowance_save(Allowance(organization=organization, limit=Limit.BANDS, most=None, until=until, note="more"))
    Band.objects.create(name="Two")
    Allowance.objects.exclude(pk=allowance.pk).update(until=timezone.now())
    allowance_end(allowance)
    with pytest.raises(LimitReachedError, match="includes 0 bands, and you have 2"):
        Band.objects.create(name="Three")


def test_an_allowance_is_for_an_owner_or_an_organization(alice_portal: Portal) -> None:
    wrong = Allowance(
        organization=alice_portal.organization, limit=Limit.PORTALS, most=1, until=timezone.now(), note="-"
    )

    with pytest.raises(ValidationError, match="to an owner"):
        wrong.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.save()


# --- Portals of an owner ---


def test_an_owner_has_no_more_portals_than_allowed(alice_portal: Portal, settings: Settings) -> None:
    settings.PORTALS_PER_OWNER = 2
    owner = User.objects.get(email=alice_portal.owner_email)
    second = organization_create(name="Second", slug="second", owner=owner)

    with pytest.raises(LimitReachedError, match="You have 2 portals, and one owner can have 2"):
        organization_create(name="Third", slug="third", owner=owner)

    Organization.objects.filter(pk=second.pk).update(state=Organization.State.DELETING)
    organization_create(name="Third", slug="third", owner=owner)


@pytest.mark.parametrize("raised", ["plan", "allowance", "setting"])
def test_a_plan_or_staff_allow_an_owner_more(alice_portal: Portal, settings: Settings, raised: str) -> None:
    settings.PORTALS_PER_OWNER = 1
    owner = User.objects.get(email=alice_portal.owner_email)
    assert portals_standing(owner).is_reached
    if raised == "plan":
        put_on_plan(alice_portal.organization, portals=2)
    elif raised == "allowance":
        tomorrow = timezone.now() + timedelta(days=1)
        allowance_save(Allowance(owner=owner, limit=Limit.PORTALS, most=2, until=tomorrow, note="asked"))
    else:
        settings.PORTALS_PER_OWNER = 0

    organization_create(name="Second", slug="second", owner=owner)


# --- The rule stands where it holds by itself ---


def test_every_model_that_counts_is_kept_to_its_limit() -> None:
    counting = [model for model in apps.get_models() if hasattr(model, "limited_by")]

    assert {model._meta.label for model in counting} == {"bands.Band", "teams.Invitation"}
    for model in counting:
        assert issubclass(model, Limited)
        assert issubclass(type(model._default_manager.all()), LimitedQuerySet)
        assert isinstance(model.limited_by, Limit)


def test_every_kind_of_storage_counts_what_portals_keep() -> None:
    assert all(isinstance(storages[name], CountedStorage) for name in ("default", "backups"))


def test_standings_read_as_people_say_it(in_alice_portal: Portal) -> None:
    put_on_plan(in_alice_portal.organization, bands=None, storage=5 * 1024, members=1)
    found = {standing.limit: standing for standing in standings()}

    assert found[Limit.BANDS].text == "0, without a limit"
    assert found[Limit.MEMBERS].text == "1 of 1"
    assert found[Limit.MEMBERS].is_reached
    assert found[Limit.STORAGE].text.endswith("of 5\N{NO-BREAK SPACE}GB")
