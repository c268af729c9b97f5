"""Set times go out to a spreadsheet and come back, and an import that changes the line-up doesn't lose them."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.gigs.importing import GigImporter
from bandstand.gigs.models import Gig
from bandstand.gigs.spreadsheet import GigResource
from bandstand.spreadsheets.importing import Action
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory


@pytest.fixture
def gig(alice_portal: Portal) -> Gig:
    """A gig of two bands, of which one knows when it goes on stage."""
    with tenant_context(alice_portal.organization):
        bands = [BandFactory(name="The Tubas", slug="the-tubas"), BandFactory(name="Blink 182", slug="blink-182")]
        gig = GigFactory(slug="gig", bands=bands)
        gig.appearances.filter(band=bands[0]).update(on_stage_at=time(21, 15))
        return gig


def brought_in(portal: Portal, **cells: str) -> Any:
    """Import one row about the gig, and return its plan."""
    with tenant_context(portal.organization):
        importer = GigImporter(answers={}, for_writing=True)
        (plan,) = importer.plan([(2, {"slug": "gig", **cells}, [])])
        if plan.action is Action.CHANGE and not plan.problems:
            importer.write([plan])
        return plan


def times(portal: Portal) -> list[tuple[str, time | None]]:
    with tenant_context(portal.organization):
        gig = Gig.objects.get(slug="gig")
        return [(each.band.name, each.on_stage_at) for each in gig.appearances.select_related("band")]


def test_what_was_exported_changes_nothing(alice_portal: Portal, gig: Gig) -> None:
    with tenant_context(alice_portal.organization):
        (row,) = GigResource().export(Gig.objects.for_listing()).dict
    assert row["set_times"] == "the-tubas 21:15"

    assert brought_in(alice_portal, bands=row["bands"], set_times=row["set_times"]).action is Action.KEEP


@pytest.mark.usefixtures("gig")
def test_times_are_read_as_people_write_them(alice_portal: Portal) -> None:
    plan = brought_in(alice_portal, set_times="Blink 182 20.30 Uhr; the tubas: 10:05 pm")

    assert [(change.before, change.after) for change in plan.changes] == [
        ("The Tubas 9:15 pm", "Blink 182 8:30 pm, The Tubas 10:05 pm")
    ]
    assert times(alice_portal) == [("The Tubas", time(22, 5)), ("Blink 182", time(20, 30))]


@pytest.mark.usefixtures("gig")
def test_another_order_and_an_empty_cell_keep_the_times(alice_portal: Portal) -> None:
    brought_in(alice_portal, bands="blink-182; the-tubas", set_times="")

    assert times(alice_portal) == [("Blink 182", None), ("The Tubas", time(21, 15))]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("the-tubas", "Write each band with its time"),
        ("21:15", "Write each band with its time"),
        ("the-tubas 25:00", "Write each band with its time"),
        ("the-foxes 21:00", "Not in the line-up: The Foxes."),
        ("nobody 21:00", "No band is called"),
    ],
)
@pytest.mark.usefixtures("gig")
def test_what_cannot_be_is_refused_with_a_word(alice_portal: Portal, cell: str, sentence: str) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="The Foxes", slug="the-foxes")

    (problem,) = brought_in(alice_portal, set_times=cell).problems

    assert sentence in problem
    assert times(alice_portal)[0] == ("The Tubas", time(21, 15))
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 3
