"""How many mails one address gets, over the platform and all portals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context
from pytest_django.fixtures import Settings

from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.recipient_limits import recipient_counts_prune
from bandstand.mail.sending import send
from bandstand.organizations.models import RecipientCount
from tests.conftest import Portal

READER = "reader@example.org"


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.MAILS_TO_ONE_PER_HOUR = 3
    settings.MAILS_TO_ONE_PER_DAY = 5


def state_of_one_more(to: str = READER, *, is_essential: bool = False) -> str:
    return send(to=to, subject="Tonight", text="At eight.", is_essential=is_essential).state


@pytest.mark.usefixtures("db")
def test_it_counts_over_the_platform_and_all_portals(alice_portal: Portal, charlie_portal: Portal) -> None:
    states = [state_of_one_more()]
    for portal in (alice_portal, charlie_portal, alice_portal):
        with tenant_context(portal.organization):
            states.append(state_of_one_more(" Reader@Example.org"))

    assert states == ["waiting", "waiting", "waiting", "suppressed"]
    with tenant_context(alice_portal.organization):
        refused = OutgoingMessage.objects.get(state="suppressed")
        assert (refused.text, refused.html) == ("", "")
        assert not Job.objects.filter(organization=alice_portal.organization, payload__message_id=refused.pk).exists()
        assert state_of_one_more("another@example.org") == "waiting"


def test_codes_are_held_back_by_codes_alone(in_alice_portal: Portal) -> None:
    assert [state_of_one_more() for _number in range(5)][-1] == "suppressed"

    assert [state_of_one_more(is_essential=True) for _number in range(4)] == ["waiting"] * 3 + ["suppressed"]


def test_it_holds_to_a_limit_of_a_day_too(in_alice_portal: Portal) -> None:
    for hours in range(2, 7):
        assert state_of_one_more() == "waiting"
        newest = RecipientCount.objects.latest("hour")
        newest.hour -= timedelta(hours=hours)
        newest.save()

    assert state_of_one_more() == "suppressed"


def test_a_rollback_takes_the_count_back(in_alice_portal: Portal) -> None:
    for _number in range(5):
        with pytest.raises(KeyError), transaction.atomic():
            assert state_of_one_more() == "waiting"
            raise KeyError

    assert not RecipientCount.objects.exists()


def test_of_several_readers_those_get_it_who_may(in_alice_portal: Portal) -> None:
    for _number in range(3):
        state_of_one_more()

    message = send(to=[READER, "another@example.org"], subject="Tonight", text="At eight.")

    assert (message.state, message.recipients) == ("waiting", ["another@example.org"])


def test_no_table_of_the_platform_names_the_reader(in_alice_portal: Portal) -> None:
    state_of_one_more()

    with schema_context("public"):
        (count,) = RecipientCount.objects.values()
    assert "reader" not in str(count)


def test_counts_that_are_over_go(in_alice_portal: Portal) -> None:
    state_of_one_more()
    state_of_one_more("another@example.org")
    RecipientCount.objects.filter(pk=RecipientCount.objects.first().pk).update(  # type: ignore[union-attr]
        hour=timezone.now() - timedelta(days=3)
    )

    assert recipient_counts_prune() == 1
    assert RecipientCount.objects.count() == 1
