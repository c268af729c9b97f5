"""A portal's life on a Citus cluster: built plainly, spread, written to, migrated, saved, restored, ended.

`make citus-test` runs this where BANDSTAND_TEST_CITUS_URL names a cluster, and says that it didn't where it does not.
"""

from __future__ import annotations

import pytest

from tests.citus.conftest import Step

pytestmark = pytest.mark.citus


def test_a_portals_life_on_a_cluster(step: Step) -> None:
    assert step("migrate") == 0
    schemas = step("sign_up", "north", "south")
    assert len(set(schemas)) == 2

    assert step("spread") == [True, False] * 2
    assert step("spread") == []
    for slug in ("north", "south"):
        found = {"nodes": 1, "polka": 1, "erna": 1, "husum": 1, "a gig's band": 1, "erna, gone": 0, "log refuses": True}
        assert step("write", slug) == found

    assert step("add_columns", "south") == ["c", "f"]

    assert step("lose_polls") == 2
    assert step("migrate") == 0

    assert step("back_up", "north", "north-again") == {"same": True, "bands": ["The Nodes"]}
    assert step("spread") == [True, False]
    for slug in ("north-again", "north", "south"):
        assert step("end", slug) is False
    assert step("migrate") == 0


def test_while_a_node_is_away(step: Step) -> None:
    slugs = ["east", "west", "coast"]
    step("migrate")
    step("sign_up", *slugs)
    step("spread")

    found = step("lose_node", "east")
    try:
        assert "east" in found["lost"]
        assert len(found["lost"]) < len(slugs)
        assert (len(found["silent"]), found["asked"]) == (1, len(slugs))
        for slug in slugs:
            assert step("read", slug) == ("NODE" if slug in found["lost"] else "there")
        step("sign_up", "meanwhile")
        assert step("read", "meanwhile") == "there"
    finally:
        assert step("find_node", found["node"]) == []

    assert step("spread") == [True, False]
    for slug in (*slugs, "meanwhile"):
        assert step("write", slug)["polka"] == 1
        assert step("end", slug) is False
