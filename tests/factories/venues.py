"""Venues with the least that is needed."""

from __future__ import annotations

import factory

from bandstand.venues.models import Venue


class VenueFactory(factory.django.DjangoModelFactory[Venue]):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda number: f"Hall {number}")
    town = "Berlin"
    time_zone = "Europe/Berlin"
