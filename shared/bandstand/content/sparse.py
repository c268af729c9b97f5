"""Rows of which lists fetch a few columns each, by the thousand in calendars."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class Sparse(models.Model):
    """A row that costs as much as the columns that were fetched of it.

    Django's own way goes through all fields of the model, those that weren't fetched too, and tells signals, to which
    nobody listens: it takes two fifths of the time in which a calendar's 2,000 gigs, their bands and venues are read.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override] # the stubs know an argument of the next Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """Return the row. Source: Django, "Customizing model loading"."""
        state = ModelState()
        state.adding, state.db = False, db
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True), _state=state)
        return row
