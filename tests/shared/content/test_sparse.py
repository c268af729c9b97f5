"""Rows that are made of the columns that were fetched."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models.signals import post_init, pre_init

from bandstand.bands.models import Band
from bandstand.content.sparse import Sparse
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory


@pytest.mark.parametrize("model", [each for each in apps.get_models() if issubclass(each, Sparse)])
def test_nobody_listens_to_what_is_not_told(model: type[Sparse]) -> None:
    """A field that has to know of each row, an ImageField with dimensions say, would never be told."""
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)


def test_what_was_not_fetched_is_fetched_when_asked_for(in_alice_portal: Portal) -> None:
    band = BandFactory(name="The Tubas", town="Ulm")

    row = Band.objects.only("name").get(pk=band.pk)

    assert row.get_deferred_fields() == {
        field.attname for field in Band._meta.concrete_fields if field.attname not in {"id", "name"}
    }
    assert row.town == "Ulm"
    row.town = "Jena"
    row.save()
    assert Band.objects.get(pk=band.pk).town == "Jena"
    assert row == band


def test_what_was_joined_is_there(in_alice_portal: Portal) -> None:
    gig = GigFactory(bands=[BandFactory(name="The Tubas")])

    (place,) = Appearance.objects.select_related("band", "gig__tour").filter(gig=gig)

    assert place.band.name == "The Tubas"
    assert place.gig.tour is None
    assert Gig.objects.get(pk=gig.pk) == place.gig
