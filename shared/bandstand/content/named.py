"""Rows that go by their name: no two of a kind have names that read alike."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from bandstand.content.names import name_key

Row = TypeVar("Row", bound="Named")


class NameKeyField(models.TextField):  # type: ignore[type-arg] # it takes none at run time
    """The key of the row's name.

    What Django saves row by row gets it here. A trigger sees to the rest: `update()`, `bulk_update()`, SQL, old code.
    """

    def __init__(self, **kwargs: Any) -> None:
        # NULL, until the release after the one that brought the column: code of the one before knows no key.
        super().__init__(**{**kwargs, "null": True, "blank": True, "editable": False, "unique": True})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the key, and let the row know it."""
        key = name_key(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key


class NamedQuerySet(models.QuerySet[Row], Generic[Row]):
    """Finds rows by name, whatever its case."""

    def named(self, name: str) -> NamedQuerySet[Row]:
        """Those with this name: one or none."""
        return self.filter(name_key=name_key(name))

    def get_or_make(self, name: str) -> Row:
        """Return the row of this name, made where there is none; also where somebody else makes it at the same time."""
        found = self.named(name).first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return self.create(name=name)
        except IntegrityError:
            return self.named(name).get()


class Named(models.Model):
    """A row with a unique `name`, which the class that inherits it declares."""

    name_is_taken: ClassVar[Any] = _("This name is taken.")

    name_key = NameKeyField()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError where another row has this name, or nothing of it can be seen."""
        super().clean()
        name = self.name  # type: ignore[attr-defined]
        if not name:
            return  # the field says so
        key = name_key(name)
        if not key:
            raise ValidationError({"name": _("This name has no visible characters.")})
        if type(self)._default_manager.filter(name_key=key).exclude(pk=self.pk).exists():  # noqa: SLF001
            raise ValidationError({"name": ValidationError(self.name_is_taken, code="unique")})
