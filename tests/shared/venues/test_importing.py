"""Venues go out to a spreadsheet and come back as they were."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.spreadsheets.importing import Action
from bandstand.venues.importing import VenueImporter
from bandstand.venues.models import Venue
from bandstand.venues.spreadsheet import COLUMNS, VenueResource
from tests.conftest import Portal
from tests.factories.venues import VenueFactory


def planned(**cells: Any) -> Any:
    (plan,) = VenueImporter(answers={}).plan([(2, cells, [])])
    return plan


def test_what_was_exported_changes_nothing(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(
            name="Hall",
            street="Ring 1",
            country="DE",
            latitude=Decimal("50.312500"),
            longitude=Decimal("-11.912500"),
            capacity=300,
            website="https://hall.example",
            access="Ramp at the back.",
        )
        (row,) = VenueResource().export(Venue.objects.all()).dict
        plan = planned(**{name: row[name] for name in COLUMNS})
        assert (plan.action, plan.problems) == (Action.KEEP, [])


def test_a_row_is_a_known_venue_by_name_and_town(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Hall", town="Hof")
        assert planned(name="HALL", town="hof", capacity="300").action is Action.CHANGE
        assert planned(name="Hall", town="Austin").action is Action.ADD


@pytest.mark.parametrize(
    ("column", "text"),
    [
        *(("latitude", "91"), ("latitude", "north"), ("latitude", "nan"), ("longitude", "1e9"), ("capacity", "-1")),
        *(
            ("capacity", "2000000000"),
            ("website", "javascript:alert(1)"),
            ("country", "Atlantis"),
            ("time_zone", "Mars"),
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_word(column: str, text: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        plan = planned(name="Hall", town="Hof", **{column: text})
        assert plan.action is Action.REFUSE
        assert plan.problems


def test_a_venue_in_the_trash_is_named_instead_of_made_again(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        VenueFactory(name="Hall", town="Hof").move_to_trash()
        plan = planned(name="HALL", town="hof")
        assert plan.action is Action.REFUSE
        assert plan.problems == [
            "This venue is in the trash. Restore it to import this row, or delete it for good to add it anew."
        ]
