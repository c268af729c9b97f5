"""Writes what was counted to the rows of the current schema, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from bandstand.numbers.models import MOST_KEYS, CountedDay, CountKind
from bandstand.numbers.tallies import Batch, Counts

MOST = 1_000_000_000


@transaction.atomic
def batch_keep(*, day: date, batch: Batch) -> bool:
    """Add the batch to its day. Return whether it hadn't been added before."""
    row, _is_new = CountedDay.objects.select_for_update().get_or_create(day=day)
    if row.batch == batch.identifier:
        return False
    row.counts, row.batch = added(row.counts, batch.counts), batch.identifier
    row.save(update_fields=["counts", "batch"])
    return True


def added(before: Mapping[str, Mapping[str, int]], counts: Counts) -> dict[str, dict[str, int]]:
    """Return the counts of a day with further ones. Unknown kinds, of other releases, are kept out."""
    found = {kind: dict(keys) for kind, keys in before.items()}
    for (kind, key), count in counts.items():
        if kind in CountKind.values:
            keys = found.setdefault(kind, {})
            known = 0 if kind == CountKind.SUBSCRIBERS else keys.get(key, 0)
            keys[key] = min(known + count, MOST)
    if CountKind.SEARCH in found:
        found[CountKind.SEARCH] = _without_beginnings(found[CountKind.SEARCH])
    return {str(kind): _bounded(keys, MOST_KEYS[CountKind(kind)]) for kind, keys in found.items()}


def _without_beginnings(searches: Mapping[str, int]) -> dict[str, int]:
    """Leave out what is the beginning of another: somebody who types is asked for at each pause."""
    inner = sorted(searches)
    following = dict(zip(inner, [*inner[1:], ""], strict=True))
    return {words: count for words, count in searches.items() if not words or not following[words].startswith(words)}


def _bounded(keys: dict[str, int], most: int) -> dict[str, int]:
    """Keep the highest counts, and the sum of the others under no key."""
    named = sorted((item for item in keys.items() if item[0]), key=lambda item: (-item[1], item[0]))
    rest = keys.get("", 0) + sum(count for _key, count in named[most:])
    return dict(named[:most]) | ({"": rest} if rest else {})
