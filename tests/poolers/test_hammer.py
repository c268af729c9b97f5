"""Two tenants through two server connections: nobody sees or changes another's rows."""

from __future__ import annotations

import json

import pytest

from tests.poolers.conftest import Call


@pytest.fixture(scope="module", autouse=True)
def _cast(call: Call) -> None:
    call("-m", "tests.poolers.hammer", "build")


@pytest.mark.parametrize(
    "requests", [pytest.param(1000, id="short"), pytest.param(10_000, id="long", marks=pytest.mark.chaos)]
)
def test_two_tenants_never_mix(call: Call, requests: int) -> None:
    report = json.loads(call("-m", "tests.poolers.hammer", str(requests)))

    assert report == {
        "requests": requests,
        "problems": {},
        "written": requests * 3 // 10,
        "misplaced": 0,
        "left_behind": [],
    }


def test_it_would_be_noticed_if_they_did(call: Call) -> None:
    """What works without a pooler mixes tenants behind one, and the figures above see it."""
    report = json.loads(call("-m", "tests.poolers.hammer", "100", BANDSTAND_DATABASE_POOLER="off"))

    assert any("showed" in problem for problem in report["problems"]), report
    assert report["misplaced"]
    assert report["left_behind"]
