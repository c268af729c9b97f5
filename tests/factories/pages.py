"""Pages with the least that is needed."""

from __future__ import annotations

from typing import Any

import factory

from bandstand.pages.blocks import Block, new_id
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page


def block(kind: str, *, id: str = "", width: str = "", is_hidden: bool = False, **values: Any) -> dict[str, Any]:  # noqa: A002 # as it is stored
    """Return a block as it is stored, with the usual values but for those that are given."""
    about = KINDS[kind]
    made: dict[str, Any] = Block(id or new_id(), about, {**about.empty, **values}, width, is_hidden).stored()
    return made


class PageFactory(factory.django.DjangoModelFactory[Page]):
    """A published page with one text."""

    class Meta:
        model = Page

    title = factory.Sequence(lambda number: f"Page {number}")
    blocks = factory.LazyFunction(lambda: [block("text", text="We *play*.")])
    is_published = True
