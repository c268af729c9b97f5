"""Each address of platform and portal, asked as each visitor: the tables beside this file say what happens.

No answer that one portal gives holds a word of the other's, whose rows have the same numbers and names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Portal, PortalClient
from tests.isolation.twins import Twin, fill
from tests.isolation.visiting import (
    PLATFORM,
    PORTAL,
    addresses,
    outcome,
    path_to,
    platform_visitors,
    portal_visitors,
    visit,
)
from tests.shares import in_shares, share_of

TABLES = (PLATFORM, PORTAL)
VISITORS = {PLATFORM: platform_visitors, PORTAL: portal_visitors}
# Platform staff sees all organizations, and nobody else does.
SEES_ALL = (PLATFORM, "staff")
MOST_SHEETS = 3  # of a page; those of the admin are Django's
# Mailed links that tell who has them that they are for another account.
ABOUT_A_PERSON = {"transfer_answer"}

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("quiet")]


@pytest.fixture
def twins(alice_portal: Portal, charlie_portal: Portal) -> tuple[Twin, Twin]:
    return fill(alice_portal, "canaryalice"), fill(charlie_portal, "canarycharlie")


def table(urlconf: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the visitors of a table's head, and each row's cells by the address's name."""
    lines = (
        Path(__file__)
        .with_name(f"{urlconf.rsplit('.', maxsplit=1)[-1]}.matrix")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return rows[0][1:], {row[0]: row[1:] for row in rows[1:]}


def words(name: str) -> str:
    """Return an address's name without spaces, as tables hold it."""
    return name.replace(" ", "")


@pytest.mark.parametrize("urlconf", TABLES)
def test_each_address_has_a_row_and_each_row_an_address(urlconf: str) -> None:
    _visitors, rows = table(urlconf)

    assert set(rows) == {words(name) for name in addresses(urlconf)}


@in_shares
@pytest.mark.parametrize("urlconf", TABLES)
def test_each_visitor_gets_what_the_table_says_and_nothing_of_another_portal(
    urlconf: str, one_in: int, twins: tuple[Twin, Twin]
) -> None:
    """Each address as one visitor in so many, another for the next address."""
    alice, charlie = twins
    browsers = VISITORS[urlconf](alice.portal, charlie.portal)
    visitors, rows = table(urlconf)
    assert visitors == list(browsers)
    wrong, leaks, heavy = [], [], []

    for number, name in enumerate(addresses(urlconf)):
        asking = share_of(visitors, one_in, beginning=number)
        cells, leaked, loads = asked(urlconf, name, {visitor: browsers[visitor] for visitor in asking}, alice, charlie)
        said = share_of(rows[words(name)], one_in, beginning=number)
        if cells != said:
            wrong.append(f"{words(name)} is {' '.join(cells)} for {' '.join(asking)} and should be {' '.join(said)}")
        leaks += [f"{name} told {visitor} about the other portal" for visitor in leaked]
        heavy += [f"{name} {what}" for what in loads if not name.startswith("admin")]

    assert wrong == []
    assert leaks == []
    assert heavy == []


def asked(
    urlconf: str, name: str, browsers: dict[str, PortalClient], alice: Twin, charlie: Twin
) -> tuple[list[str], list[str], set[str]]:
    """Return what each visitor may do at an address, who was told of the other portal, and what is wrong with what
    answers load.
    """
    path = path_to(addresses(urlconf)[name], alice)
    cells, leaked, loads = [], [], set()
    for visitor, browser in browsers.items():
        read, write = visit(browser, "get", path), visit(browser, "post", path)
        cells.append(outcome(read, write))
        # On the platform the other portal's owner sees their own; at Alice's portal nobody sees Charlie's.
        foreign = alice if (urlconf, visitor) == (PLATFORM, "other") else charlie
        told = any(foreign.canary in answer.text_sent + str(answer.headers) for answer in (read, write))
        if told and (urlconf, visitor) != SEES_ALL:
            leaked.append(visitor)
        loads |= wrongly_loaded(read.text_sent) | wrongly_loaded(write.text_sent)
    return cells, leaked, loads


def wrongly_loaded(text: str) -> set[str]:
    """Return what a page has too much of, or lacks: htmx is for those with its attributes alone."""
    if not text.lstrip().lower().startswith("<!doctype html"):
        return set()
    found = set()
    if text.count('rel="stylesheet"') > MOST_SHEETS:
        found.add("has too many style sheets")
    if (" hx-" in text) is not ("htmx.min.js" in text):
        found.add("loads htmx without need, or needs it and doesn't load it")
    return found


@pytest.mark.parametrize("urlconf", TABLES)
def test_an_owner_finds_nothing_of_another_portals_by_its_number(urlconf: str, twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    owner = VISITORS[urlconf](alice.portal, charlie.portal)["owner"]
    shared = {
        name: address
        for name, address in addresses(urlconf).items()
        if path_to(address, alice) != path_to(address, alice, of=charlie) and not name.startswith("admin")
    }

    assert shared
    for name, address in shared.items():
        path = path_to(address, alice, of=charlie)
        wanted = "--" if name in ABOUT_A_PERSON else "404"
        assert outcome(visit(owner, "get", path), visit(owner, "post", path)) == wanted, name
