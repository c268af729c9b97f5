"""The commands that people and continuous integration share: short, listed, and honest about what failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bandstand.devstack import linting

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"help", "setup", "run", "demo", "test", "e2e", "lint", "format", "bench", "manage", "clean"}


def test_it_lists_every_command_with_its_meaning() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[0] for line in shown.splitlines() if len(line.split()) > 2} >= TARGETS


def test_it_keeps_logic_out_of_the_makefile() -> None:
    recipes = re.split(r"^[a-z0-9-]+:.*\n", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1:]

    assert all(len([line for line in recipe.splitlines() if line.startswith("\t")]) <= 2 for recipe in recipes)


def test_it_runs_every_check_and_names_all_that_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {
        name: ([sys.executable, "-c", f"print('{name} speaks'); raise SystemExit({code})"], {})
        for name, code in (("first", 1), ("second", 0), ("third", 2))
    }
    monkeypatch.setattr(linting, "checks", lambda: found)

    assert linting.lint() == 1

    said = capsys.readouterr().out
    assert "first speaks" in said
    assert "second speaks" not in said
    assert said.endswith("2 of 3 checks failed: first, third\n")


@pytest.mark.parametrize(("demanded", "outcome"), [("", "1 skipped"), ("1", "1 failed")])
def test_it_fails_for_want_of_a_tool_where_tools_are_demanded(tmp_path: Path, demanded: str, outcome: str) -> None:
    test = tmp_path / "test_tool.py"
    test.write_text(
        "from tests.required_tools import require\n\ndef test_it_needs_a_tool():\n    require('no-such-program')\n"
    )
    plugins = ("-p", "tests.required_tools")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", tmp_path, *plugins, test],
        cwd=ROOT,
        env={
            **os.environ,
            "BANDSTAND_REQUIRE_TOOLS": demanded,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome in done.stdout
