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


# Who else touches the process's environment, and for what.
NO_SETTINGS = {
    "shared/bandstand/tenancy/template.py": "passes it on to pg_dump",
    "services/worker/bandstand_worker/confining.py": "passes a few of it on to a confined child",
    "services/worker/bandstand_worker/__main__.py": "names the settings for Django",
    "services/web/bandstand_web/wsgi.py": "names the settings for Django",
    "services/web/bandstand_web/middleware/traffic.py": "tells Prometheus' client its folder",
}


def test_settings_are_read_in_one_place() -> None:
    found = {
        str(path.relative_to(ROOT))
        for place in ("shared/bandstand", "services")
        for path in (ROOT / place).rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }
    # The embedded servers and the supervisor of `make run` are what sets the environment.
    found = {name for name in found if not name.startswith("shared/bandstand/devstack/")}

    assert found == {"shared/bandstand/settings/environment.py", *NO_SETTINGS}
