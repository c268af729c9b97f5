"""Posts with the least that is needed."""

from __future__ import annotations

from typing import Any

import factory

from bandstand.news.models import Post


class PostFactory(factory.django.DjangoModelFactory[Post]):
    """A published post. `bands=[…]` and `gigs=[…]` are what it is about."""

    class Meta:
        model = Post
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"Post {number}")
    text = "It **happened**."
    is_published = True

    @factory.post_generation
    def bands(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            self.bands.set(extracted)

    @factory.post_generation
    def gigs(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            self.gigs.set(extracted)
