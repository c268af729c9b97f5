"""Every list of the backstage is searched by one rule, from one base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bandstand.accounts import roles
from bandstand.content.searched import Searched
from bandstand_web.shell import views
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory

LISTS: dict[str, Any] = {
    "bands": (BandFactory, "name"),
    "gigs": (GigFactory, "title"),
    "polls": (QuestionFactory, "text"),
    "tours": (TourFactory, "name"),
    "venues": (VenueFactory, "name"),
}


def _below(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def test_each_list_searches_what_its_kind_declares() -> None:
    lists: list[Any] = [each for each in _below(views.KindList) if each.__module__.startswith("bandstand_web.")]

    assert {each.list_url_name for each in lists} >= set(LISTS)
    assert [each for each in lists if not issubclass(each.model, Searched)] == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Grüße aus Łódź", "LODZ"),
        ("M.I.A. & R.E.M.", "rem"),
        ("Война и мир", "ойна"),
        ("한음밴드", "음밴"),
        ("N. W. A.", "nwa"),
    ],
)
def test_a_list_is_searched_in_any_script_without_the_trash(
    in_alice_portal: Portal, name: str, text: str, query: str
) -> None:
    factory, field = LISTS[name]
    shown, trashed = factory(**{field: text}), factory(**{field: f"{text} Gone"})
    factory(**{field: "Somebody else"})
    trashed.move_to_trash()
    team = in_alice_portal.client_of(roles.MEMBER)

    answer = team.get(f"/backstage/{name}/", {"q": query})
    assert list(answer.context["page"]) == [shown]
    assert f'value="{query}"' in answer.content.decode()
    assert list(team.get(f"/backstage/{name}/", {"q": f"{query} elsewhere"}).context["page"]) == []


@pytest.mark.parametrize("name", LISTS)
def test_searching_costs_no_query_more(in_alice_portal: Portal, name: str) -> None:
    factory, field = LISTS[name]
    factory(**{field: "Tuba"})
    team = in_alice_portal.client_of(roles.MEMBER)
    team.get(f"/backstage/{name}/")

    with CaptureQueriesContext(connection) as without:
        team.get(f"/backstage/{name}/")
    with CaptureQueriesContext(connection) as searched:
        team.get(f"/backstage/{name}/?q=tuba")
    assert len(searched) <= len(without)
