"""Rows with a page of their own, whose address ends in a slug."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.slugs import SLUG_MAX_LENGTH, save_under_unused_slug


class Addressed(models.Model):
    """A row with a unique slug. One without gets it when it is saved, made from `wanted_slug()`."""

    slug = models.SlugField(_("address"), max_length=SLUG_MAX_LENGTH, unique=True, blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, with an address made for the row where it has none."""
        store = partial(super().save, *args, **kwargs)
        if self.slug:
            return store()
        return save_under_unused_slug(self, self.wanted_slug(), type(self)._base_manager.all(), store)  # noqa: SLF001

    def wanted_slug(self) -> str:
        """Return the slug that the row gets if no other has it."""
        raise NotImplementedError
