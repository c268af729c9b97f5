"""A file that grows too long is divided by subject."""

from __future__ import annotations

from tests.servers import ROOT

MOST_LINES = 400


def test_no_style_sheet_is_longer_than_one_reads() -> None:
    sheets = list((ROOT / "services").rglob("*.css"))

    assert len(sheets) > 30
    assert [path.name for path in sheets if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES] == []
