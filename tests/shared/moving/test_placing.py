"""New portals go to the cell that has the fewest, and a cell can be emptied; `make cells-test` walks all of it."""

from __future__ import annotations

import pytest

from tests.shared.moving.cells import Cell

pytestmark = pytest.mark.long
Cells = tuple[Cell, Cell]


@pytest.fixture(scope="module")
def filled(empty_cells: Cells) -> Cells:
    north, _south = empty_cells
    north.run("tests.shared.moving.filling", "1", "1", "anna", "berta", "clara", "dina")
    return empty_cells


def states_in(cell: Cell) -> dict[str, str]:
    return dict(cell.rows("SELECT slug, state FROM organizations_organization"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("west=true", "BANDSTAND_CELLS doesn't name west"),
        ("south=true", "south went away without an answer"),
        ("south=echo", "south can't be understood, it said receive_tenant"),
        ("south=/there/is/none", "south can't be reached"),
        ("south", "name a cell and how manage.py is run there"),
    ],
)
def test_a_cell_that_does_not_say_how_full_it_is_gets_nothing(filled: Cells, cell: str, reason: str) -> None:
    north, _south = filled
    before = states_in(north)
    assert reason in north.run("place_tenants", "--cell", cell, code=2 if cell == "south" else 1)
    assert states_in(north) == before


def test_new_portals_are_spread_and_older_ones_stay(filled: Cells) -> None:
    north, south = filled
    to_south = ("--cell", f"south={south.through()}")
    assert "0 moved, 4 live here" in north.run("place_tenants", *to_south, "--newer-than-hours", "0")

    assert "1 moved, 3 live here" in north.run("place_tenants", *to_south, "--at-most", "1")
    assert states_in(south) == {"dina": "active"}
    assert "1 moved, 2 live here" in north.run("place_tenants", *to_south)
    assert states_in(south) == {"dina": "active", "clara": "active"}
    assert "0 moved" in north.run("place_tenants", *to_south)
    assert states_in(north) == {"anna": "active", "berta": "active", "clara": "moved", "dina": "moved"}


def test_a_cell_is_emptied_and_names_who_stays(filled: Cells) -> None:
    """Goes on from the test before."""
    north, south = filled
    to_north = ("--drain", "--cell", f"north={north.through()}")
    told = south.run("place_tenants", *to_north, code=1)
    assert "never confirmed" in told
    assert set(states_in(south).values()) == {"active"}

    told = north.run("place_tenants", "--cell", f"south={south.through()}", "--confirm-after-hours", "0")
    assert "dina: here its name and domains alone are left" in told
    south.rows("UPDATE organizations_organization SET state = 'suspended' WHERE slug = 'clara' RETURNING slug")
    told = south.run("place_tenants", *to_north, code=1)
    assert "1 moved, 1 live here" in told
    assert "clara stays: " in told
    assert states_in(north)["dina"] == "active"
