"""Who owns a portal is decided in the north, where the platform answers; the portals live in the south."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.shared.moving.cells import Cell

pytestmark = pytest.mark.long
Cells = tuple[Cell, Cell]
DORA, ERNA = "dora@example.org", "erna@example.org"


def team_owners(cell: Cell, slug: str) -> set[str]:
    ((schema,),) = cell.rows("SELECT schema_name FROM organizations_organization WHERE slug = %s", slug)
    found = cell.rows(
        f"SELECT u.email FROM {schema}.accounts_user u JOIN {schema}.accounts_user_groups m ON m.user_id = u.id "
        f"JOIN {schema}.auth_group g ON g.id = m.group_id WHERE g.name = 'owner' AND u.is_active"
    )
    return {email for (email,) in found}


def owners(cell: Cell, slug: str) -> set[str]:
    found = cell.rows(
        "SELECT u.email FROM accounts_user u JOIN organizations_organization_owners m ON m.user_id = u.id "
        "JOIN organizations_organization o ON o.id = m.organization_id WHERE o.slug = %s",
        slug,
    )
    return {email for (email,) in found}


def do(cell: Cell, *what: str) -> str:
    return cell.run("tests.shared.moving.owning", *what)


def tell(cell: Cell, message: str) -> int:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return cell.ask("POST", "/cells/owners/", body=urlencode({"message": message.strip()}), **form)[0]


@pytest.fixture(scope="module")
def moved(empty_cells: Cells) -> Cells:
    """Both portals moved south."""
    north, south = empty_cells
    north.run("tests.shared.moving.filling", "1", "1", "emil", "frida")
    for slug in ("emil", "frida"):
        north.run("move_tenant", slug, "--to", "south", "--through", south.through())
    return empty_cells


def test_a_change_in_the_north_reaches_the_south_once_it_answers_and_no_other_portal(moved: Cells) -> None:
    north, south = moved
    address = north.others.pop("south")
    north.others["south"] = 9  # nobody answers there
    north.restart()
    do(north, "own", "emil", ERNA)

    assert "waiting south doesn't answer" in do(north, "work", "emil")
    assert "emil: the cell south doesn't have its newest owners yet" in north.run("check_tenants", code=1)
    assert team_owners(south, "emil") == {DORA}
    north.others["south"] = address
    north.restart()
    assert "waiting" not in do(north, "work", "emil")

    assert team_owners(south, "emil") == owners(south, "emil") == owners(north, "emil") == {ERNA}
    assert team_owners(south, "frida") == {DORA}


def test_an_older_word_that_comes_late_undoes_nothing(moved: Cells) -> None:
    """Goes on from the test before."""
    north, south = moved
    do(north, "own", "emil", ERNA, DORA)
    late = do(north, "message", "emil", "south")
    do(north, "own", "emil", DORA)
    assert "waiting" not in do(north, "work", "emil")

    assert tell(south, late) == 200
    assert tell(south, f"{late.strip()}x") == 403

    assert team_owners(south, "emil") == {DORA}


def test_whom_the_team_in_the_south_takes_off_loses_the_portal_in_the_north(moved: Cells) -> None:
    """Goes on from the test before."""
    north, south = moved
    do(north, "own", "emil", DORA, ERNA)
    do(north, "work", "emil")
    do(south, "leave", "emil", ERNA)

    assert "waiting" not in do(south, "work", "emil")
    assert owners(north, "emil") == {DORA}
    assert "waiting" not in do(north, "work", "emil")
    assert team_owners(south, "emil") == {DORA}


def test_back_home_the_owners_are_those_that_home_knows(moved: Cells) -> None:
    """Goes on from the test before: the last change never reached the south."""
    north, south = moved
    north.run("move_tenant", "emil", "--confirm")
    do(north, "own", "emil", ERNA)

    south.run("move_tenant", "emil", "--to", "north", "--through", north.through())

    assert team_owners(north, "emil") == owners(north, "emil") == {ERNA}
    assert "waiting" not in do(north, "work", "emil")
    assert team_owners(north, "emil") == {ERNA}
