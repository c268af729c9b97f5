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
        found = {"nodes": 1, "polka": 1, "erna": 1, "husum": 1, "erna, gone": 0, "log refuses": True}
        assert step("write", slug) == found

    assert step("lose_polls") == 2
    assert step("migrate") == 0

    assert step("back_up", "north", "north-again") == {"same": True, "bands": ["The Nodes"]}
    assert step("spread") == [True, False]
    for slug in ("north-again", "north", "south"):
        assert step("end", slug) is False
    assert step("migrate") == 0
