"""Rows that some people see before visitors do: the team at the row's address, others by a link that ends.

While a page is made inside `previewing(row)`, that very row counts as published for the vocabulary of `Appearing`
kinds; every other row is shown as ever. So a view that shows visitors a published row shows a preview unchanged.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LINK_LIFE = timedelta(days=7)

# Sent in the transaction that writes it, with `row`, whose `preview_until` is None once its link is revoked.
preview_link_changed = Signal()

_previewed: ContextVar[models.Model | None] = ContextVar("bandstand_previewed", default=None)


class SetApart(models.Field):  # type: ignore[type-arg] # it takes none at run time
    """A column that `update()` alone writes: forms, exports and histories leave it out.

    `save()` leaves it as it is in the database. A row that was loaded before somebody revoked its link can't bring the
    link back.
    """

    is_recorded = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "editable": False, "serialize": False})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _arguments, _given = super().deconstruct()
        return name, path, [], {}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return super().pre_save(model_instance, add) if add else models.F(self.attname)


class PreviewSecretField(SetApart, models.CharField):  # type: ignore[type-arg]
    """What the signature of a row's preview link depends on; empty until there is a link. Worthless without our key."""

    def __init__(self, **kwargs: Any) -> None:
        given = {"verbose_name": _("secret of the preview link"), "max_length": 32, "default": "", "db_default": ""}
        super().__init__(**{**given, **kwargs})


class PreviewUntilField(SetApart, models.DateTimeField):  # type: ignore[type-arg]
    """When a row's preview link expires."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"verbose_name": _("preview link expires"), "null": True, **kwargs})


@contextmanager
def previewing(row: models.Model) -> Iterator[None]:
    """Let `row` count as published inside this context."""
    token = _previewed.set(row)
    try:
        yield
    finally:
        _previewed.reset(token)


def is_previewed(row: models.Model) -> bool:
    """Whether `row` is the one that is previewed."""
    return row == _previewed.get()


def or_previewed(condition: models.Q, model: type[models.Model], through: str = "") -> models.Q:
    """Return `condition`, or that the row of `model`, joined by the lookup `through`, is the one that is previewed."""
    row = _previewed.get()
    if not isinstance(row, model):
        return condition
    return condition | models.Q(**{f"{through}__pk" if through else "pk": row.pk})


def preview_link_open(row: Any) -> None:
    """Give the row a preview link for a week. One that it had is revoked."""
    _store(row, secret=secrets.token_urlsafe(18), until=timezone.now() + LINK_LIFE)


def preview_link_revoke(row: Any) -> None:
    """Let the row's preview link lead nowhere from now on."""
    _store(row, secret="", until=None)


@transaction.atomic
def _store(row: Any, *, secret: str, until: datetime | None) -> None:
    row.preview_secret, row.preview_until = secret, until
    type(row)._default_manager.filter(pk=row.pk).update(preview_secret=secret, preview_until=until)  # noqa: SLF001 # documented
    preview_link_changed.send(sender=type(row), row=row)
