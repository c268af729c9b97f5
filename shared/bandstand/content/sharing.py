"""Rows whose pages show a picture of their own where links to them are shared."""

from __future__ import annotations

from typing import Any

from django.db import models

from bandstand.content.previewing import SetApart


class SharePictureField(SetApart, models.CharField):  # type: ignore[type-arg]
    """Where the picture for shared links is stored, and what it was made of; both empty while there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", "db_default": "", **kwargs})


class ShownWhenShared(models.Model):
    """A row of which the worker makes a picture for shared links, see `bandstand.portals.share_pictures`."""

    share_picture = SharePictureField()
    share_picture_of = SharePictureField()

    class Meta:
        abstract = True
