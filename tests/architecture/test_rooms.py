"""Web's rooms stand in the order in which they may know each other, which import-linter holds for those it knows."""

from __future__ import annotations

import re
import tomllib

from tests.servers import ROOT

WEB = ROOT / "services" / "web" / "bandstand_web"


def test_each_room_has_its_place_in_the_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["bandstand_web"])
    placed = {name for layer in layers for name in re.split(r"[ |:]+", layer)}
    rooms = {path.parent.name for path in WEB.glob("*/urls.py")}

    assert len(rooms) > 15
    assert rooms - placed == set()
