"""Gigs with the least that is needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig


class GigFactory(factory.django.DjangoModelFactory[Gig]):
    """A published gig a week from now. `bands=[…]` is its line-up, in running order."""

    class Meta:
        model = Gig
        skip_postgeneration_save = True

    venue = factory.Sequence(lambda number: f"Club {number}")
    town = "Berlin"
    time_zone = "Europe/Berlin"
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
    is_published = True

    @factory.post_generation
    def bands(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create:
            for position, band in enumerate(extracted or []):
                Appearance.objects.create(gig=self, band=band, position=position)  # type: ignore[misc]


class PastGigFactory(GigFactory):
    """A published gig of last week."""

    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=7))
