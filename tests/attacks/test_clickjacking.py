"""No page may be shown in somebody else's frame, so that nobody clicks on what they don't see."""

from __future__ import annotations

import pytest

from tests.isolation.test_matrix import TABLES, VISITORS
from tests.isolation.twins import Twin
from tests.isolation.visiting import PLATFORM, addresses, path_to, visit

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("urlconf", TABLES)
def test_no_page_may_be_framed(urlconf: str, twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    visitors = VISITORS[urlconf](alice.portal, charlie.portal)
    unguarded = []

    for name, address in addresses(urlconf).items():
        for visitor in ("anonymous", "staff" if urlconf == PLATFORM else "owner"):
            answer = visit(visitors[visitor], "get", path_to(address, alice))
            policy = answer.headers.get("Content-Security-Policy", "")
            is_picture = "sandbox" in policy
            if not is_picture and ("frame-ancestors 'none'" not in policy or answer["X-Frame-Options"] != "DENY"):
                unguarded.append((name, visitor))
            if answer["X-Content-Type-Options"] != "nosniff" or "unsafe" in policy:
                unguarded.append((name, visitor))

    assert unguarded == []
