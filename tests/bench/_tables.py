"""The tables of docs/performance.md: one for each module that measures, between markers, written from its rows.

Nobody types a figure there, so the page can't say anything else than what was measured. A module's place on the page is
a pair of comments, `<!-- bench: NAME -->` and `<!-- /bench -->`; whatever stands between them is replaced.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bandstand.settings.workspace import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
WHOLE = "whole"  # the place of the table about a run of all
COLUMNS = ("what", "here", "peer", "ratio", "goal")
_PLACE = re.compile(r"(<!-- bench: (\w+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)

Row = Mapping[str, object]


@dataclass
class Measured:
    """What one module's run gave: its rows, how long it took, and how busy the machine was with other things before."""

    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    busy: float = 0.0  # share of all processors, 0 to 1

    def told(self) -> str:
        """Return the table as it stands in the document."""
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        processors = os.cpu_count()
        head = f"{day}, {processors} processors, {self.busy:.0%} busy with other things before; {self.seconds:.0f} s."
        lines = [f"| {' | '.join(str(row.get(column, '')) for column in COLUMNS)} |" for row in self.rows]
        rule = f"|{'---|' * len(COLUMNS)}"
        return "\n".join([head, "", f"| {' | '.join(COLUMNS)} |", rule, *lines, ""])


def places(text: str) -> dict[str, str]:
    """Return what stands between the markers, by the module's name."""
    return {name: table for _begin, name, table, _end in _PLACE.findall(text)}


def kinds_of_rows(table: str) -> set[str]:
    """Return the names of a table's rows without their numbers, which depend on the size of a run."""
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    return {kind_of_row(what) for what in rows[1:]}


def kind_of_row(what: str) -> str:
    """Return a row's name without its numbers."""
    return re.sub(r"\d[\d,.]*", "#", what).replace("# portals", "# portal")


def write(measured: Mapping[str, Measured], into: Path = DOCUMENT) -> None:
    """Replace the tables of these modules, and leave the rest of the document as it is."""
    text = into.read_text()

    def replaced(found: re.Match[str]) -> str:
        begin, name, _table, end = found.groups()
        return f"{begin}{measured[name].told()}{end}" if name in measured else found[0]

    into.write_text(_PLACE.sub(replaced, text))


def without_place(names: Sequence[str]) -> list[str]:
    """Return which of these modules have no markers in the document."""
    return [name for name in names if name not in places(DOCUMENT.read_text())]


def busy_share(seconds: float = 1.0) -> float:
    """Return which share of the processors is busy while this process waits. Source: Linux, /proc/stat."""
    before = _jiffies()
    time.sleep(seconds)
    idle, every = (after - past for after, past in zip(_jiffies(), before, strict=True))
    return 1 - idle / max(every, 1)


def _jiffies() -> tuple[int, int]:
    with Path("/proc/stat").open() as file:
        numbers = [int(number) for number in file.readline().split()[1:9]]
    return numbers[3] + numbers[4], sum(numbers)
