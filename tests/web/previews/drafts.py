"""A row of each kind that visitors don't see yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.pages.models import Page
from bandstand.polls.models import Question
from bandstand.tours.models import Tour
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory

NAME = "Zwölf Hinterhofsinfonien"


def moment() -> Any:
    return timezone.now() + timedelta(days=3)


# Polls have no drafts: somebody has to say when they begin.
SCHEDULED: dict[Any, Callable[..., Any]] = {
    Band: lambda **about: BandFactory(name=NAME, is_published=False, publish_at=moment(), **about),
    Gig: lambda **about: GigFactory(title=NAME, is_published=False, publish_at=moment(), **about),
    Post: lambda **about: PostFactory(title=NAME, is_published=False, publish_at=moment(), **about),
    Page: lambda **about: PageFactory(title=NAME, is_published=False, publish_at=moment(), **about),
    Question: lambda **about: QuestionFactory(text=NAME, published_at=moment(), **about),
    Tour: lambda **about: TourFactory(name=NAME, is_published=False, publish_at=moment(), **about),
}
DRAFTS: dict[Any, Callable[..., Any]] = {
    **SCHEDULED,
    Band: lambda **about: BandFactory(name=NAME, is_published=False, **about),
    Gig: lambda **about: GigFactory(title=NAME, is_published=False, **about),
    Post: lambda **about: PostFactory(title=NAME, is_published=False, **about),
    Page: lambda **about: PageFactory(title=NAME, is_published=False, **about),
    Tour: lambda **about: TourFactory(name=NAME, is_published=False, **about),
}


def name_of(model: Any) -> str:
    return str(model._meta.label_lower)
