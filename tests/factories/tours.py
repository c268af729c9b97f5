"""Tours with the least that is needed."""

from __future__ import annotations

import factory

from bandstand.tours.models import Tour


class TourFactory(factory.django.DjangoModelFactory[Tour]):
    """A published tour without gigs."""

    class Meta:
        model = Tour

    name = factory.Sequence(lambda number: f"Tour {number}")
    is_published = True
