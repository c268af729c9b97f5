"""No page may be shown in somebody else's frame, so that nobody clicks on what they don't see."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from tests.isolation.test_matrix import TABLES, VISITORS
from tests.isolation.twins import Twin
from tests.isolation.visiting import PLATFORM, PORTAL, addresses, path_to, visit
from tests.shares import in_shares, share_of

pytestmark = pytest.mark.filterwarnings("ignore")


# Shows what everybody sees, and takes nothing: see `test_what_is_meant_for_frames_knows_nobody`.
MEANT_FOR_FRAMES = {"gigs_embed", "band_gigs_embed", "tour_gigs_embed"}
# Shown to the team beside the form of the portal's design, by a page of the same host.
FRAMED_AT_HOME = {"backstage:design_preview"}


@in_shares
@pytest.mark.parametrize("urlconf", TABLES)
def test_no_page_may_be_framed(urlconf: str, one_in: int, twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    visitors = VISITORS[urlconf](alice.portal, charlie.portal)
    unguarded = []

    for name, address in share_of(addresses(urlconf).items(), one_in):
        if name in MEANT_FOR_FRAMES:
            continue
        for visitor in ("anonymous", "staff" if urlconf == PLATFORM else "owner"):
            answer = visit(visitors[visitor], "get", path_to(address, alice))
            policy = answer.headers.get("Content-Security-Policy", "")
            is_picture = "sandbox" in policy
            at_home = name in FRAMED_AT_HOME and answer.status_code == HTTPStatus.OK
            ancestors, option = ("'self'", "SAMEORIGIN") if at_home else ("'none'", "DENY")
            if not is_picture and (f"frame-ancestors {ancestors}" not in policy or answer["X-Frame-Options"] != option):
                unguarded.append((name, visitor))
            if answer["X-Content-Type-Options"] != "nosniff" or "unsafe" in policy:
                unguarded.append((name, visitor))

    assert unguarded == []


@pytest.mark.parametrize("name", sorted(MEANT_FOR_FRAMES))
def test_what_is_meant_for_frames_knows_nobody(name: str, twins: tuple[Twin, Twin]) -> None:
    """Frames on a website of the same domain bring the cookies of whoever is logged in along."""
    alice, charlie = twins
    path = path_to(addresses(PORTAL)[name], alice)
    visitors = VISITORS[PORTAL](alice.portal, charlie.portal)

    answers = {who: visit(browser, "get", path) for who, browser in visitors.items()}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert len({answer.text_sent for answer in answers.values()}) == 1
    for answer in answers.values():
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors *" in policy
        assert ("script-src" in policy, "form-action 'none'" in policy) == (False, True)
        assert ("X-Frame-Options" in answer, bool(answer.cookies)) == (False, False)
        assert not [tag for tag in ("<script", "<form", "<button") if tag in answer.text_sent]
