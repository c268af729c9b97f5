"""Pictures in each state, without files behind them."""

from __future__ import annotations

import factory

from bandstand.media.models import Picture


class PictureFactory(factory.django.DjangoModelFactory[Picture]):
    """An upload that waits for the worker."""

    class Meta:
        model = Picture

    original = factory.Sequence(lambda number: f"org_test/originals/{number}")
    alt = "Four people and an amplifier"


class ReadyPictureFactory(PictureFactory):
    """A picture that the worker has prepared."""

    state = Picture.State.READY
    width = 1280
    height = 960
    variants = factory.LazyAttribute(
        lambda picture: {
            kind: {str(width): f"org_test/pictures/{picture.original[-1]}/{width}.{kind}" for width in (320, 640, 1280)}
            for kind in ("webp", "jpeg")
        }
    )
