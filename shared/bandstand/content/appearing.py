"""Rows that appear to visitors, or change before their eyes, at moments that are known beforehand."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.db import connections, models, router

from bandstand.content.kinds import kinds_of
from bandstand.content.of_bands import rows_for
from bandstand.content.one_moment import this_moment
from bandstand.content.previewing import PreviewSecretField, PreviewUntilField, is_previewed
from bandstand.content.sharing import ShownWhenShared


class Appearing(ShownWhenShared):
    """A row that visitors see from some moment on.

    The model's default manager has `published(now)`, those that visitors see and one that is previewed, and
    `scheduled(now)`, those that appear later, the next first.
    """

    appears_by: ClassVar[str]  # the column of the moment
    edited_below: ClassVar[str]  # the path of the backstage's list, below which the row is edited by its key
    turns_by: ClassVar[tuple[str, ...]] = ()  # further columns whose moments change what visitors see

    preview_secret = PreviewSecretField()
    preview_until = PreviewUntilField()

    class Meta:
        abstract = True

    def get_edit_url(self) -> str:
        """Return the path where the team edits it. Written out, because the worker, which mails it, has no URLconf."""
        return f"{self.edited_below}{self.pk}/"

    @property
    def appears_at(self) -> datetime | None:
        """When visitors see it, or have seen it since; None if that isn't known."""
        moment: datetime | None = getattr(self, self.appears_by)
        return moment

    @classmethod
    def turns(cls, after: datetime) -> Iterator[models.QuerySet[Any]]:
        """Yield queries for the next moments, after this one, at which pages change by themselves; see `next_of`.

        Any other model whose rows are shown by the clock has this, too.
        """
        for column in (cls.appears_by, *cls.turns_by):
            yield next_of(cls._base_manager.order_by(), column, after)

    @property
    def is_visible(self) -> bool:
        """Whether visitors see it, or it is previewed."""
        return is_previewed(self) or (self.appears_at is not None and self.appears_at <= this_moment())

    @property
    def is_scheduled(self) -> bool:
        """Whether it will appear by itself."""
        return not self.is_visible and self.appears_at is not None

    @property
    def is_expired(self) -> bool:
        """Whether visitors saw it, and don't any more."""
        return False

    @property
    def has_preview_link(self) -> bool:
        """Whether somebody may have a link to it that leads somewhere until visitors see it."""
        return bool(self.preview_secret and self.preview_until and self.preview_until > this_moment())

    def publish(self) -> None:
        """Show it to visitors, once it is saved."""
        raise NotImplementedError

    def save_publication(self) -> None:
        """Store whether and when visitors see it, and nothing else."""
        raise NotImplementedError


def appearing_models() -> tuple[type[Appearing], ...]:
    """Return all kinds of rows that appear at a moment, in a fixed order."""
    return kinds_of(Appearing)


def reachable_rows(model: Any) -> models.QuerySet[Any]:
    """Return the rows of a kind whose page visitors can open: those published, and what else the kind says."""
    rows = model._default_manager  # noqa: SLF001 - Django documents it
    found: models.QuerySet[Any] = rows.reachable() if hasattr(rows, "reachable") else rows.published()
    return found


def appearing_between(now: datetime, until: datetime, *, most: int, user: Any = None) -> list[Appearing]:
    """Return the next rows of all kinds that appear in this time, if a `user` is given those that they may see.

    Costs a query for each kind.
    """
    rows: list[Appearing] = []
    for model in appearing_models():
        every: Any = model._default_manager  # noqa: SLF001 - Django documents it
        scheduled = every.scheduled(now).filter(**{f"{model.appears_by}__lt": until})
        rows += (scheduled if user is None else rows_for(user, "view", scheduled))[:most]
    return sorted(rows, key=lambda row: row.appears_at or until)[:most]


def next_turn(after: datetime, *, using: str = "") -> datetime | None:
    """Return the next moment at which the current portal's pages change by themselves; None if none is known.

    One query for all kinds, by `using` or wherever pages are read. It counts rows that a page doesn't show, too: the
    page is then made once more than needed.
    """
    statement, values = _statement()
    with connections[using or router.db_for_read(appearing_models()[0])].cursor() as cursor:
        cursor.execute(statement, [after + distance if distance is not None else value for distance, value in values])
        moment: datetime | None = cursor.fetchone()[0]
    return moment


@functools.cache
def _statement() -> tuple[str, list[tuple[timedelta | None, Any]]]:
    """Return the query and its values; of those that are moments, the distance from the one that it is asked for.

    LEAST ignores NULL; each part is read off an index, or from a small table.
    """
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    parts = [part.query.sql_with_params() for model in turning_models() for part in model.turns(origin)]  # type: ignore[attr-defined]
    values = [value for _sql, values in parts for value in values]
    with_distances = [(value - origin if isinstance(value, datetime) else None, value) for value in values]
    return f"SELECT LEAST({', '.join(f'({sql})' for sql, _values in parts)})", with_distances


def turning_models() -> tuple[type[models.Model], ...]:
    """Return the models of which visitors see something by the clock: those that have `turns`, in a fixed order."""
    found = (model for model in apps.get_models() if hasattr(model, "turns"))
    return tuple(sorted(found, key=lambda model: model._meta.label_lower))  # noqa: SLF001 - Django documents it


def next_of(rows: models.QuerySet[Any], moment: str | models.Expression, after: datetime) -> models.QuerySet[Any]:
    """Return the query for the next moment, a column or an expression, of these rows."""
    turning = rows.annotate(turn=models.F(moment) if isinstance(moment, str) else moment)
    found: models.QuerySet[Any] = turning.filter(turn__gt=after).order_by("turn").values("turn")[:1]
    return found
