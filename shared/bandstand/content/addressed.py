"""Rows with a page of their own, whose address ends in a slug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content import address_field
from bandstand.content.former_addresses import FormerAddress
from bandstand.content.slugs import SLUG_MAX_LENGTH, save_under_unused_slug


class AddressField(models.SlugField):  # type: ignore[type-arg] # it takes none at run time
    """A unique slug, of which triggers note what it was before; see bandstand.content.former_addresses."""

    # Our schema editor makes them with the column.
    triggers: ClassVar[Mapping[str, str]] = {
        "taken": "AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.former_address_keep('{kind}')",
        "left": "AFTER UPDATE OF {column} ON {table} FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})"
        " EXECUTE FUNCTION public.former_address_keep('{kind}')",
        "gone": "AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION public.former_address_keep('{kind}')",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = {"verbose_name": _("address"), "max_length": SLUG_MAX_LENGTH, "unique": True, "blank": True}
        super().__init__(*args, **{**given, **kwargs})

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{**kwargs, "form_class": address_field.AddressField, "widget": address_field.AddressInput}
        )


class Addressed(models.Model):
    """A row with a unique slug. One without gets it when it is saved, made from `wanted_slug()`.

    Its former addresses lead on to its page, until another row takes them by hand.
    """

    slug = AddressField()

    # Whether visitors of former addresses are led on: not where an address may say what the page doesn't any more.
    is_led_on_to: bool = True
    # Keys of the former addresses that the next `save()` gives up.
    addresses_given_up: Sequence[int] = ()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, with an address made for the row where it has none."""
        store = partial(super().save, *args, **kwargs)
        if self.slug:
            store()
        else:
            rows = type(self)._base_manager.all()  # noqa: SLF001 # documented
            save_under_unused_slug(self, self.wanted_slug(), rows, store, avoided=FormerAddress.objects.of_others(self))
        if self.addresses_given_up:
            FormerAddress.objects.of(self).filter(pk__in=self.addresses_given_up).delete()
            self.addresses_given_up = ()

    def wanted_slug(self) -> str:
        """Return the slug that the row gets if no other has it."""
        raise NotImplementedError
