"""Imports on behalf of a person, who may have left by now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation

from bandstand.accounts.models import User
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as


@contextmanager
def importing_for(person: User | None, language: str) -> Iterator[None]:
    """Change content in the name of `person`, and speak `language`, or else the usual one, in the block."""
    by = Changer(by=Change.By.IMPORT, user_id=person.pk if person else None, name=str(person or ""))
    with translation.override(language or translation.get_language()), changing_as(lambda: by):
        yield
