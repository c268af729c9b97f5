"""Columns of a gig that say what was made of it for the world outside. `update()` alone writes them."""

from __future__ import annotations

from typing import Any

from django.db import models

from bandstand.content.previewing import SetApart


class OutletsField(SetApart, models.JSONField):
    """What each outlet was told and when, see bandstand.gigs.outlets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": dict, "db_default": {}, **kwargs})


class SharePictureField(SetApart, models.CharField):  # type: ignore[type-arg]
    """Where the picture for shared links is stored, and what it was made of; both empty while there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", "db_default": "", **kwargs})
