"""Rows that appear to visitors, or change before their eyes, at moments that are known beforehand."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, ClassVar

from django.db import connections, models, router

from bandstand.content.kinds import kinds_of
from bandstand.content.of_bands import rows_for
from bandstand.content.one_moment import this_moment
from bandstand.content.previewing import PreviewSecretField, PreviewUntilField, is_previewed


class Appearing(models.Model):
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

    @property
    def is_visible(self) -> bool:
        """Whether visitors see it, or it is previewed."""
        return is_previewed(self) or (self.appears_at is not None and self.appears_at <= this_moment())

    @property
    def is_scheduled(self) -> bool:
        """Whether it will appear by itself."""
        return not self.is_visible and self.appears_at is not None

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


def next_turn(after: datetime) -> datetime | None:
    """Return the next moment at which the current portal's pages change by themselves; None if none is known.

    One query for all kinds. It counts rows that a page doesn't show too: the page is then made once more than needed.
    """
    statement, count = _statement()
    with connections[router.db_for_read(appearing_models()[0])].cursor() as cursor:
        cursor.execute(statement, [after] * count)
        moment: datetime | None = cursor.fetchone()[0]
    return moment


@functools.cache
def _statement() -> tuple[str, int]:
    """Return the query, and how often it takes the moment. LEAST ignores NULL; each minimum is read off an index."""
    each = [
        f'(SELECT min("{column}") FROM "{model._meta.db_table}" WHERE "{column}" > %s)'  # noqa: S608, SLF001 # our own names
        for model in appearing_models()
        for column in (model.appears_by, *model.turns_by)
    ]
    return f"SELECT LEAST({', '.join(each)})", len(each)
