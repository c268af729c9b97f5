"""Who changed the rows of a list last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bandstand.content.changes import Change
from bandstand.content.recorded import Recorded
from bandstand.content.telling_changes import who


def last_changes_add(rows: Iterable[Any]) -> None:
    """Set `last_change` and `last_changed_by` on each row of one kind, in one query; None where nothing is recorded."""
    known: list[Any] = [row for row in rows if isinstance(row, Recorded)]
    latest = Change.objects.latest_of(type(known[0]), [row.pk for row in known]) if known else {}
    for row in known:
        change = latest.get(row.pk)
        row.last_change = change
        row.last_changed_by = who(change) if change else ""
