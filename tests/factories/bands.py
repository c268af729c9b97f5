"""Bands and what belongs to them, each with the least that is needed."""

from __future__ import annotations

from typing import Any

import factory

from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, BandPhoto, Genre, Instrument, Member
from tests.factories.media import ReadyPictureFactory


class GenreFactory(factory.django.DjangoModelFactory[Genre]):
    class Meta:
        model = Genre
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda number: f"Genre {number}")


class InstrumentFactory(factory.django.DjangoModelFactory[Instrument]):
    class Meta:
        model = Instrument
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda number: f"Instrument {number}")


class BandFactory(factory.django.DjangoModelFactory[Band]):
    """A published band. `genres=["Doom"]` gives it genres by name."""

    class Meta:
        model = Band
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Band {number}")
    is_published = True

    @factory.post_generation
    def genres(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            self.genres.set([GenreFactory(name=name) for name in extracted])  # type: ignore[attr-defined]


class MemberFactory(factory.django.DjangoModelFactory[Member]):
    """A member. `instruments=["Tuba"]` gives instruments by name."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    band = factory.SubFactory(BandFactory)
    name = factory.Sequence(lambda number: f"Member {number}")

    @factory.post_generation
    def instruments(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            self.instruments.set([InstrumentFactory(name=name) for name in extracted])  # type: ignore[attr-defined]


class BandLinkFactory(factory.django.DjangoModelFactory[BandLink]):
    class Meta:
        model = BandLink

    band = factory.SubFactory(BandFactory)
    label = "Website"
    url = factory.Sequence(lambda number: f"https://band{number}.example/")


class BandPhotoFactory(factory.django.DjangoModelFactory[BandPhoto]):
    class Meta:
        model = BandPhoto

    band = factory.SubFactory(BandFactory)
    picture = factory.SubFactory(ReadyPictureFactory)
