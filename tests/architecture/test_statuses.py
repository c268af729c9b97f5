"""HTTP statuses are called by their names."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.servers import ROOT


def _bare(path: Path) -> list[str]:
    keywords = [
        keyword.value
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg in {"status", "status_code"}
    ]
    constants = [each for value in keywords for each in ast.walk(value) if isinstance(each, ast.Constant)]
    return [f"{path.name}:{each.lineno}" for each in constants if type(each.value) is int]


def test_no_answer_gives_its_status_as_a_number() -> None:
    files = [path for place in ("services", "shared") for path in (ROOT / place).rglob("*.py")]

    assert len(files) > 500
    assert [spot for path in files for spot in _bare(path)] == []
