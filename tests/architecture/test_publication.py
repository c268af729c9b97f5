"""Whether visitors see a row is asked in one place: code elsewhere uses its vocabulary, not the columns."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.servers import ROOT

COLUMNS = re.compile(r"(^|__)(is_published|publish_at)(__|$)")
# Calls by which rows are made or written, or forms and columns are declared.
WRITES = {"create", "update", "Band", "Gig", "values"}
CONTENT = ROOT / "shared" / "bandstand" / "content"
WRITERS = [ROOT / "shared" / "bandstand" / name for name in ("publishing", "demo")]


def _files(suffix: str) -> list[Path]:
    found = [path for place in ("services", "shared") for path in (ROOT / place).rglob(f"*{suffix}")]
    return [path for path in found if "migrations" not in path.parts and not path.is_relative_to(CONTENT)]


def _asked(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spots = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            asks = any(COLUMNS.search(each.arg or "") for each in node.keywords) and name not in WRITES
        else:
            asks = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr == "is_published"
        if asks:
            spots.append(f"{path.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined] # both have it
    return spots


def test_no_code_filters_by_the_columns() -> None:
    files = _files(".py")
    assert len(files) > 400
    spots = [spot for path in files if not any(map(path.is_relative_to, WRITERS)) for spot in _asked(path)]
    assert spots == []


def test_no_template_reads_the_columns() -> None:
    files = _files(".html")
    assert len(files) > 100
    assert [str(path) for path in files if re.search(r"\bis_published\b", path.read_text(encoding="utf-8"))] == []


def test_it_would_be_noticed() -> None:
    assert _asked(CONTENT / "publishable.py")
