"""Killed at any point, a move leaves the portal whole in exactly one cell; then it goes on, or is taken back."""

from __future__ import annotations

import signal

import pytest

from tests.shared.moving.cells import Cell
from tests.shared.moving.leaving import AFTER_SWITCH, BEFORE_SWITCH
from tests.waiting import wait_until

pytestmark = pytest.mark.long
Cells = tuple[Cell, Cell]


@pytest.fixture(scope="module")
def cells(empty_cells: Cells) -> Cells:
    """Each test makes its own portal."""
    return empty_cells


def fresh_portal(north: Cell, slug: str) -> tuple[str, dict[str, object]]:
    north.run("tests.shared.moving.filling", "20", "3", slug)
    assert north.ask("GET", "/", portal=slug)[0] == 200  # the first visit writes down the defaults
    schema = str(north.rows("SELECT schema_name FROM organizations_organization WHERE slug = %s", slug)[0][0])
    return schema, north.contents_of(schema)


def kill_at(point: str, slug: str, cells: Cells) -> None:
    north, south = cells
    north.run("tests.shared.moving.leaving", slug, "south", south.through(), point, code=-signal.SIGKILL)
    locks = (
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    wait_until(lambda: not north.rows(locks))


def whole_in(cells: Cells, slug: str, schema: str, contents: dict[str, object]) -> str:
    """Return the one cell that has the portal; fails unless it is whole there and can't be written to elsewhere."""
    north, south = cells
    switched = north.state_of(slug) == "moved"
    home, other = (south, north) if switched else (north, south)
    assert home.contents_of(schema) == contents
    assert home.state_of(slug) in {"active", "moving", "arriving"}
    assert other.state_of(slug) in {"moved", "arriving", ""}
    if switched:
        assert not north.is_writable(schema)
    status, _headers, body = north.ask("GET", "/", portal=slug)
    assert (status, slug.title().encode() in body) == (200, True)
    return home.name


# Each point is tried below; here one before the portal is read-only, and the last one; others in `make chaos`.
@pytest.mark.parametrize(
    "point",
    [
        *("taking nothing in", "copied and compared"),
        *(pytest.param(each, marks=pytest.mark.chaos) for each in ("after file", "amid contents")),
    ],
)
def test_before_the_switch_it_is_here(cells: Cells, point: str) -> None:
    north, south = cells
    slug = f"here-{BEFORE_SWITCH.index(point)}"
    schema, contents = fresh_portal(north, slug)
    kill_at(point, slug, cells)
    assert whole_in(cells, slug, schema, contents) == "north"

    north.run("move_tenant", slug, "--abort")

    assert (north.state_of(slug), north.is_writable(schema)) == ("active", True)
    assert whole_in(cells, slug, schema, contents) == "north"
    assert (south.state_of(slug), south.contents_of(schema)) == ("", {})
    north.run("move_tenant", slug, "--to", "south", "--through", south.through())
    assert whole_in(cells, slug, schema, contents) == "south"


@pytest.mark.parametrize("point", [*BEFORE_SWITCH, *AFTER_SWITCH])
def test_the_same_command_goes_on(cells: Cells, point: str) -> None:
    north, south = cells
    slug = f"on-{[*BEFORE_SWITCH, *AFTER_SWITCH].index(point)}"
    schema, contents = fresh_portal(north, slug)
    kill_at(point, slug, cells)
    assert whole_in(cells, slug, schema, contents) == ("south" if point in AFTER_SWITCH else "north")
    if point in AFTER_SWITCH[:2]:
        north.run("move_tenant", slug, "--abort", code=1)

    north.run("move_tenant", slug, "--to", "south")

    assert whole_in(cells, slug, schema, contents) == "south"
    assert (south.state_of(slug), south.is_writable(schema)) == ("active", True)
    waiting = [len(cell.rows("SELECT 1 FROM jobs_job j JOIN organizations_organization o ON o.id = organization_id "
                             "WHERE o.slug = %s AND j.state = 'waiting'", slug)) for cell in cells]  # fmt: skip
    assert waiting == [0, 1], "its jobs wait where it lives, once"


def test_when_the_other_cell_dies_it_stays_open_here(cells: Cells) -> None:
    north, south = cells
    schema, contents = fresh_portal(north, "stays")
    dies = f"sh -c '{south.through()} receive_tenant | sed -u 2q' #"

    north.run("move_tenant", "stays", "--to", "south", "--through", dies, code=1)

    assert (north.state_of("stays"), north.is_writable(schema)) == ("active", True)
    assert whole_in(cells, "stays", schema, contents) == "north"
