"""What the code reads, the example shows and the handbook explains."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from bandstand.settings.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
READ = {item.metadata["name"]: item.metadata["about"] for item in fields(Environment)}


def test_it_shows_every_variable_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()

    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == set(READ)
    for name, about in READ.items():
        assert f"# {about}\n{name}=" in example


def test_it_explains_every_variable_to_operators() -> None:
    handbook = (ROOT / "docs" / "operating.md").read_text()

    for name in READ:
        assert f"`{name}`" in handbook, f"{name} is missing in docs/operating.md"
