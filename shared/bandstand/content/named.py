"""Rows identified by name: no two rows of a model have names that read alike."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from bandstand.content.names import name_key

Row = TypeVar("Row", bound="Named")


class NameKey(models.Func):
    """The key of a name, as `bandstand.content.names.name_key` gives it, made by the database."""

    function = "public.name_key"
    arity = 1
    output_field = models.TextField()


class NameKeyField(models.TextField):  # type: ignore[type-arg] # it takes none at run time
    """The key of the row's name.

    Rows that Django saves one by one get it here. A trigger covers `update()`, `bulk_update()`, SQL and old code.
    """

    def __init__(self, **kwargs: Any) -> None:
        # Nullable until the release after the one that added the column, as the code before it doesn't set the key.
        super().__init__(**{**kwargs, "null": True, "blank": True, "editable": False, "unique": True})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the key, and set it on the row."""
        key = name_key(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key


class NamedQuerySet(models.QuerySet[Row], Generic[Row]):
    """Finds rows by name, ignoring case."""

    def named(self, name: str) -> NamedQuerySet[Row]:
        """The row with this name, if there is one."""
        return self.filter(name_key=name_key(name))

    def names_as_array(self) -> ArraySubquery:
        """Return the expression for their names, where they are filtered by a row of an outer query."""
        return ArraySubquery(self.values("name"))

    def get_or_make(self, name: str) -> Row:
        """Return the row with this name, created if there is none, even if another process is creating it too."""
        found = self.named(name).first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return self.create(name=name)
        except IntegrityError:
            return self.named(name).get()


class Named(models.Model):
    """A row with a unique `name`, a field that subclasses declare."""

    name_is_taken: ClassVar[Any] = _("This name is taken.")

    name_key = NameKeyField()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError if another row has this name, or it has no visible characters."""
        super().clean()
        name = self.name  # type: ignore[attr-defined]
        if not name:
            return  # the field's own validation reports it
        key = name_key(name)
        if not key:
            raise ValidationError({"name": _("This name has no visible characters.")})
        if type(self)._default_manager.filter(name_key=key).exclude(pk=self.pk).exists():  # noqa: SLF001
            raise ValidationError({"name": ValidationError(self.name_is_taken, code="unique")})
