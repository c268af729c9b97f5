"""Ideas, holds and what is confirmed are the team's alone, whoever tries to publish them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.gigs.models import Gig
from bandstand.gigs.statuses import OF_TEAM, Status
from tests.conftest import Portal
from tests.factories.gigs import GigFactory

NOT_YET = "Visitors can&#x27;t see a gig with this status."


@pytest.mark.parametrize("status", OF_TEAM)
@pytest.mark.parametrize("publication", [{"is_published": True}, {"publish_at": timezone.now()}])
def test_the_database_refuses_to_publish_them(
    status: Status, publication: dict[str, Any], in_alice_portal: Portal
) -> None:
    gig = GigFactory(is_published=False, status=status)

    with pytest.raises(IntegrityError), transaction.atomic():
        Gig.objects.filter(pk=gig.pk).update(**publication)
    with pytest.raises(ValidationError):
        gig.publish()
    assert not Gig.objects.published().exists()


def test_a_published_gig_becomes_none_of_them(in_alice_portal: Portal) -> None:
    gig = GigFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Gig.objects.filter(pk=gig.pk).update(status=Status.HOLD)


def test_every_way_to_publish_says_why_not(in_alice_portal: Portal) -> None:
    gig = GigFactory(is_published=False, status=Status.IDEA, title="Perhaps")
    editor = in_alice_portal.client_of(roles.EDITOR)
    ways = [
        (f"/backstage/gigs/{gig.pk}/publish/", {"published": "1"}),
        ("/backstage/gigs/", {"do": "publish", "rows": str(gig.pk)}),
        ("/admin/gigs/gig/", {"action": "publish", "_selected_action": str(gig.pk)}),
        (f"/backstage/previews/gigs.gig/{gig.pk}/publish/", {}),
    ]

    for path, data in ways:
        answer = editor.post(path, data, follow=True)
        assert NOT_YET in answer.content.decode(), path
        assert not Gig.objects.get().is_published, path


def test_a_hold_says_which_option_it_is() -> None:
    assert GigFactory.build(status=Status.HOLD, option=2).standing == "hold, option 2"
    assert GigFactory.build(status=Status.CONFIRMED, option=2).standing == "confirmed"


def test_a_gig_never_takes_its_own_place(in_alice_portal: Portal) -> None:
    gig = GigFactory(status=Status.POSTPONED)
    gig.new_date = gig

    with pytest.raises(ValidationError):
        gig.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        gig.save()
