"""Tours go out to a spreadsheet and come back as they were, and gigs name theirs."""

from __future__ import annotations

from typing import Any

from bandstand.gigs.importing import GigImporter
from bandstand.gigs.models import Gig
from bandstand.gigs.spreadsheet import GigResource
from bandstand.spreadsheets.importing import Action
from bandstand.tours.importing import TourImporter
from bandstand.tours.models import Tour
from bandstand.tours.spreadsheet import TourResource
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.factories.tours import TourFactory

GIG = {"venue": "Hall", "town": "Hof", "starts_at": "2027-01-08 20:00"}


def planned(importer: Any, **cells: Any) -> Any:
    (plan,) = importer(answers={}).plan([(2, cells, [])])
    return plan


def test_what_was_exported_changes_nothing(in_alice_portal: Portal) -> None:
    TourFactory(name="Winter", text="Cold.")
    (row,) = TourResource().export(Tour.objects.all()).dict

    plan = planned(TourImporter, **row)

    assert (plan.action, plan.problems) == (Action.KEEP, [])


def test_a_new_tour_gets_an_address_of_its_own(in_alice_portal: Portal) -> None:
    TourFactory(name="Winter", slug="winter", is_published=False).move_to_trash()
    importer = TourImporter(answers={})
    plans = importer.plan([(2, {"name": "Winter!", "text": "Cold."}, [])])

    importer.write(plans)

    assert Tour.objects.get().slug == "winter-2"
    assert planned(TourImporter, name="WINTER").problems, "one in the trash is named"


def test_a_gig_names_its_tour_by_address_or_name(in_alice_portal: Portal) -> None:
    tour = TourFactory(name="Winter", slug="cold")
    tour.slug = "colder"
    tour.save()
    GigFactory(tour=tour)
    (row,) = GigResource().export(Gig.objects.all()).dict

    assert planned(GigImporter, **row).action is Action.KEEP
    for word in ("colder", "cold", "WINTER"):
        assert planned(GigImporter, tour=word, **GIG).row.tour_id == tour.pk
    assert "Summer" in planned(GigImporter, tour="Summer", **GIG).problems[0]
    TourFactory(name="winter")
    assert "colder" in planned(GigImporter, tour="Winter", **GIG).problems[0]
