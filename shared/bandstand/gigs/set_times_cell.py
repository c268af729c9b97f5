"""Set times of a line-up in one cell of a spreadsheet: "the-tubas 21:15; the-trombones 22:30"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import time

from django.utils.translation import gettext as _

from bandstand.content.moments import Unreadable, read_time
from bandstand.gigs.appearances import Appearance
from bandstand.spreadsheets.cells import join_list, split_entries

_MOST_WORDS = 2  # of a time: "20.30 Uhr", "8 pm"


def set_times_written(line_up: Iterable[Appearance]) -> str:
    """Return the cell: each band by its slug, in the order of the line-up, without those whose time isn't known."""
    return join_list(f"{each.band.slug} {each.on_stage_at:%H:%M}" for each in line_up if each.on_stage_at)


def set_times_read(cell: str, *, band: Callable[[str], int], region: str) -> dict[int, time]:
    """Return the times by the bands' keys, which `band` finds by slug or name. Raises Unreadable."""
    found = {}
    for entry in split_entries(cell):
        name, clock = _parted(entry, region)
        found[band(name)] = clock
    return found


def _parted(entry: str, region: str) -> tuple[str, time]:
    """Return the name and the time behind it. A name may end with a number: the shortest time counts."""
    for count in range(1, _MOST_WORDS + 1):
        words = entry.rsplit(maxsplit=count)
        if len(words) > count:
            try:
                return words[0].rstrip(" :-"), read_time(" ".join(words[1:]), region=region)
            except Unreadable:
                continue
    raise Unreadable(_("Write each band with its time, as in “the-tubas 21:15”."))
