"""The trash: what is deleted stays out of sight for some weeks and can be brought back as it was.

A row in the trash stays in its table with all that belongs to it, so its unique values remain taken and bringing it
back can't collide. It is out of sight because default managers leave it out, and whatever belongs to it by a foreign
key that can't be empty: lists, forms, choices, admin, exports and prefetches all ask a default manager. A system check
makes sure that the managers of all these models are built from LivingQuerySet.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.apps import apps
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.content.kinds import kinds_of
from bandstand.content.of_bands import OfBandsQuerySet

KEPT = timedelta(days=30)

Row = TypeVar("Row", bound=models.Model)
# Sent before many rows go to the trash at once, of which no `pre_save` tells. sender: the model; keys: primary keys.
trashing = Signal()
_trash_is_open: ContextVar[bool] = ContextVar("bandstand_trash_is_open", default=False)


def _living_rows(manager: models.Manager[Row]) -> models.QuerySet[Row]:
    rows = models.Manager.get_queryset(manager)
    if _trash_is_open.get():
        return rows
    return rows.filter(living(manager.model))


class LivingQuerySet(OfBandsQuerySet[Row], Generic[Row]):
    """The base of the querysets of rows that can go to the trash, or belong to such rows."""

    if not TYPE_CHECKING:  # the type checker knows Django's own managers only, so this is one of them, refined

        @classmethod
        def as_manager(cls) -> Any:
            """Return a manager that leaves out what is in the trash."""
            manager_class = models.Manager.from_queryset(cls)
            manager_class.get_queryset = _living_rows
            return manager_class()

        as_manager.__func__.queryset_only = True


class TrashedQuerySet(LivingQuerySet[Row], Generic[Row]):
    """The base of the querysets of rows that can go to the trash."""

    def move_to_trash(self) -> int:
        """Move the rows to the trash and return how many there were."""
        trashing.send(sender=self.model, keys=self.values("pk"))
        return self.update(trashed_at=timezone.now())

    def bring_back(self) -> int:
        """Take the rows out of the trash and return how many there were."""
        return self.update(trashed_at=None)


class Trashed(models.Model):
    """A row that can go to the trash. `delete()` deletes for good. Its managers are built from TrashedQuerySet."""

    taken_in_trash: ClassVar[Any] = _("Something in the trash has this already. Restore it, or choose something else.")

    trashed_at = models.DateTimeField(_("in the trash since"), null=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def with_trash(cls) -> Any:
        """Return all rows, as a queryset of the model's own kind."""
        return cls._default_manager._queryset_class(cls)  # type: ignore[attr-defined] # noqa: SLF001 - from_queryset() sets it

    @classmethod
    def in_trash(cls) -> Any:
        """Return the rows in the trash, as a queryset of the model's own kind."""
        return cls.with_trash().filter(trashed_at__isnull=False)

    @property
    def is_trashed(self) -> bool:
        """Whether it is in the trash."""
        return self.trashed_at is not None

    @property
    def gone_at(self) -> datetime | None:
        """When the row in the trash is deleted for good, by the next night."""
        return self.trashed_at + KEPT if self.trashed_at else None

    def move_to_trash(self) -> None:
        """Move the row to the trash."""
        self.trashed_at = timezone.now()
        self.save(update_fields=["trashed_at"])

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        self._validate_with_trash(functools.partial(super().validate_unique, exclude=exclude))

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        self._validate_with_trash(functools.partial(super().validate_constraints, exclude=exclude))

    def _validate_with_trash(self, validate: Callable[[], None]) -> None:
        """Validate against all rows; Django asks the default manager, which doesn't show those in the trash."""
        try:
            with _open_trash():
                return validate()
        except ValidationError as problem:
            taken = list(problem.error_dict)
        validate()  # says it in the field's own words if the row that has the value isn't in the trash
        raise ValidationError({name: ValidationError(self.taken_in_trash, code="unique") for name in taken})


def trashed_models() -> list[type[Trashed]]:
    """Return the models whose rows can go to the trash, by label."""
    return list(kinds_of(Trashed))


def living(model: type[models.Model], *, through: str = "") -> models.Q:
    """Return the condition that rows of `model`, joined by the lookup `through`, aren't in the trash."""
    start = f"{through}__" if through else ""
    return models.Q(**{f"{start}{path}__isnull": True for path in paths_to_trash(model)})


def rows_kept(row: Trashed) -> list[models.QuerySet[Any]]:
    """Return, for each kind, the rows that stay when `row` is deleted for good."""
    return [
        relation.related_model._base_manager.filter(**{relation.field.name: row})  # noqa: SLF001
        for relation in row._meta.related_objects  # noqa: SLF001
        if getattr(relation, "on_delete", None) is models.SET_NULL
    ]


def purge(row: Trashed, *, with_kept: bool = False) -> bool:
    """Delete a row of the trash for good; return whether it was still there. `with_kept` deletes what would stay."""
    model = type(row)
    with transaction.atomic():
        found = model.in_trash().select_for_update().filter(pk=row.pk).first()
        if found is None:
            return False
        for rows in rows_kept(found) if with_kept else ():
            rows.delete()
        found.delete()
        return True


def trash_empty(now: datetime | None = None) -> int:
    """Delete for good what has been in the current portal's trash long enough; return how many rows."""
    due = (now or timezone.now()) - KEPT
    rows = [row for model in trashed_models() for row in model.in_trash().filter(trashed_at__lt=due)]
    return sum(purge(row) for row in rows)


@contextmanager
def _open_trash() -> Iterator[None]:
    token = _trash_is_open.set(True)
    try:
        yield
    finally:
        _trash_is_open.reset(token)


@functools.cache
def paths_to_trash(model: type[models.Model]) -> tuple[str, ...]:
    """Return the lookups of the columns any of which puts a row of `model` out of sight."""
    own = ("trashed_at",) if issubclass(model, Trashed) else ()
    owners = (field for field in model._meta.concrete_fields if field.related_model and not field.null)  # noqa: SLF001
    return own + tuple(f"{field.name}__{path}" for field in owners for path in paths_to_trash(field.related_model))


@checks.register(checks.Tags.models)
def check_managers(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Report models that would show what is in the trash."""
    return [
        checks.Error(
            f"The default manager of {model._meta.label} shows rows that are in the trash.",  # noqa: SLF001
            hint="Build it from LivingQuerySet, or from TrashedQuerySet if the model has a trash.",
            obj=model,
            id="content.E001",
        )
        for model in apps.get_models()
        if paths_to_trash(model) and type(model._default_manager).get_queryset is not _living_rows  # noqa: SLF001
    ]
