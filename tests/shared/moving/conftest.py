from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shared.moving.cells import Cell


@pytest.fixture(scope="module")
def empty_cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cell, Cell]]:
    """Two cells that know each other, with their web servers."""
    folder = tmp_path_factory.mktemp("cells")
    north, south = Cell("north", folder / "north"), Cell("south", folder / "south")
    north.others, south.others = {"south": south.port}, {"north": north.port}
    started = []
    try:
        for cell in (north, south):
            cell.start()
            started.append(cell)
        for cell in (north, south):
            cell.serve()
        yield north, south
    finally:
        for cell in started:
            cell.stop()


@pytest.fixture(scope="module")
def cells(empty_cells: tuple[Cell, Cell]) -> tuple[Cell, Cell]:
    """The same, with a portal to move in the first."""
    north, _south = empty_cells
    north.run("tests.shared.moving.filling", "1000", "50", "dora")
    return empty_cells
