"""Columns of a gig that say what was made of it for the world outside. `update()` alone writes them."""

from __future__ import annotations

from typing import Any

from django.db import models

from bandstand.content.previewing import SetApart


class OutletsField(SetApart, models.JSONField):
    """What each outlet was told and when, see bandstand.gigs.outlets."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": dict, "db_default": {}, **kwargs})
