"""The base of the backstage's views guards by itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.polls.models import Question
from bandstand_web.bands.backstage import BandAdd, BandChange, BandDelete, BandList, BandPublish
from bandstand_web.shell.views import KindView, TeamView
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory


def test_a_view_that_names_no_permission_stops_the_process() -> None:
    class Forgetful(TeamView):
        pass

    with pytest.raises(ImproperlyConfigured, match="Forgetful names no permission"):
        Forgetful.as_view()


@pytest.mark.parametrize(
    ("view", "permission"),
    [
        (BandList, "bands.view_band"),
        (BandAdd, "bands.add_band"),
        (BandChange, "bands.change_band"),
        (BandPublish, "bands.change_band"),
        (BandDelete, "bands.delete_band"),
    ],
)
def test_a_kinds_views_need_what_its_model_is_called(view: type[KindView], permission: str) -> None:
    assert view.as_view().permission == permission  # type: ignore[attr-defined]


@pytest.mark.parametrize(("path", "column"), [("bands", "Genres"), ("gigs", "Venue"), ("polls", "Votes")])
def test_a_list_has_its_headings_in_the_table_and_nowhere_else(alice_portal: Portal, path: str, column: str) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory()
        GigFactory(starts_at=timezone.now() + timedelta(days=1))
        QuestionFactory()

    page = alice_portal.client_of(roles.OWNER).get(f"/backstage/{path}/").content.decode()

    assert re.findall(rf"<thead>|>{column}</th>|</thead>|<body", page) == [
        *("<body", "<thead>", f">{column}</th>", "</thead>")
    ]


def test_nothing_is_deleted_by_looking(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        question = QuestionFactory(text="How many tubas?")

    answer = alice_portal.client_of(roles.OWNER).get(f"/backstage/polls/{question.pk}/delete/")

    assert answer.status_code == 405
    with tenant_context(alice_portal.organization):
        assert Question.objects.get() == question


def test_the_page_that_asks_says_the_question_once(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        question = QuestionFactory(text="How many tubas?")
        question.move_to_trash()

    path = f"/backstage/trash/polls.question/{question.pk}/delete/"
    page = alice_portal.client_of(roles.OWNER).get(path).content.decode()

    assert page.partition("<main")[2].count("How many tubas?") == 1
