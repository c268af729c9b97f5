"""What a page offers somebody whose role in a band opens it: choices of forms, and what to do with each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from bandstand.bands.models import Band
from bandstand.content.of_bands import bands_where, may_with_all, rows_for

_PARENT_AND_KEY = {"id", "DELETE"}


def choices_limit(form: Any, user: AbstractBaseUser, action: str, model: type[models.Model]) -> None:
    """Leave in the form's choices of rows those that the user may see.

    Bands are left where the user may do `action` with rows of `model`, the kind that the page is about.
    """
    if may_with_all(user, action, model):
        return
    for name, field in form.fields.items():
        rows = getattr(field, "queryset", None)
        if rows is None or name in _PARENT_AND_KEY:
            continue
        is_band = rows.model is Band
        field.queryset = (
            rows.filter(pk__in=bands_where(user, action, model)) if is_band else rows_for(user, "view", rows)
        )


def rights_add(rows: Sequence[Any], user: AbstractBaseUser) -> None:
    """Set `may_change` on each row of one kind. Costs a query for those whose roles in bands decide."""
    if not rows:
        return
    model = type(rows[0])
    allowed = None
    if not may_with_all(user, "change", model):
        mine = rows_for(user, "change", model._base_manager.filter(pk__in=[row.pk for row in rows]))  # noqa: SLF001
        allowed = set(mine.values_list("pk", flat=True))
    for row in rows:
        row.may_change = allowed is None or row.pk in allowed
