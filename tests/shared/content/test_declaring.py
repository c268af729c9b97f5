"""What apps declare, and that web and worker read the same of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.apps import apps

from bandstand.accounts import roles
from bandstand.content import declaring
from bandstand.content.of_bands import check_declarations
from tests.servers import ROOT

ALL, VIEW = ("view", "add", "change", "delete"), ("view",)
CONTENT = ("bands", "gigs", "media", "news", "pages", "polls", "tours", "venues")


def test_each_role_may_do_exactly_this() -> None:
    assert roles.permissions() == {
        "owner": {
            **dict.fromkeys(CONTENT, ALL),
            "people": (*ALL, "private"),
            "enquiries": ALL,
            "imports": ALL,
            "calendars": ALL,
            "numbers": ALL,
            "portals": ("view", "change", "manage"),
            "teams": ALL,
            "accounts": ("view", "change"),
            "mail": ("view", "delete"),
            "audit": VIEW,
            "admin": VIEW,
        },
        "manager": {
            **dict.fromkeys(CONTENT, ALL),
            "people": (*ALL, "private"),
            "enquiries": ALL,
            "imports": ALL,
            "calendars": ALL,
            "numbers": ALL,
            "portals": ("view", "change"),
            "teams": VIEW,
            "accounts": VIEW,
        },
        "editor": {
            **dict.fromkeys(CONTENT, ALL),
            "people": ALL,
            "enquiries": ("view", "change"),
            "imports": ALL,
            "calendars": ALL,
            "numbers": VIEW,
            "portals": VIEW,
        },
        "member": {**dict.fromkeys(CONTENT, VIEW), "people": VIEW, "enquiries": VIEW, "numbers": VIEW},
        "guest": {},
    }


def test_each_role_in_a_band_may_do_exactly_this_with_its_rows() -> None:
    writing = ("view", "change")
    assert {config.label: config.band_actions for config in declaring.configs() if config.band_actions} == {
        "bands": {"leader": writing, "editor": writing, "member": VIEW},
        "calendars": {"leader": ALL, "editor": ALL},
        "enquiries": {"leader": writing, "editor": VIEW, "member": VIEW},
        "gigs": {"leader": ALL, "editor": ALL, "member": VIEW},
        "news": {"leader": ALL, "editor": ALL, "member": VIEW},
        "people": {"leader": writing, "editor": writing, "member": VIEW},
        "tours": {"leader": ALL, "editor": ALL, "member": VIEW},
    }


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ({}, "venue doesn't say whose rows it has."),
        ({"venue": "gigs__band"}, "venue can't reach bands by 'gigs__band'."),
        ({"venue": "pk"}, "venue can't reach bands by 'pk'."),
        ({"venue": "", "place": ""}, "place is no model of this app that has permissions."),
    ],
)
def test_a_kind_says_whose_rows_it_has(monkeypatch: pytest.MonkeyPatch, paths: dict[str, str], said: str) -> None:
    assert check_declarations() == []

    monkeypatch.setattr(type(apps.get_app_config("venues")), "band_paths", paths)

    assert [(problem.id, problem.msg) for problem in check_declarations()] == [("content.E002", said)]


def test_an_export_has_these_apps() -> None:
    exported = [config.label for config in declaring.configs() if config.is_exported]
    assert exported == [
        *("bands", "content", "enquiries", "gigs", "media", "news", "numbers", "pages", "people", "polls", "portals"),
        *("tours", "venues"),
    ]


def test_the_navigations_have_their_order() -> None:
    assert [place.url_name for place in declaring.portal_places()] == ["bands", "gigs", "news", "polls", "search"]
    assert [place.url_name.removeprefix("backstage:") for place in declaring.backstage_places()] == [
        *("bands", "people", "gigs", "tours", "posts", "venues", "pages", "enquiries", "polls"),
        "statistics",
    ]


def test_web_and_worker_come_to_the_same_digest() -> None:
    code = (
        "import django; django.setup(); from bandstand.organizations import behind; print(behind.migrations_digest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": f"{service}.settings", "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for service, seed in (("bandstand_web", "1"), ("bandstand_worker", "2"))
    }
    assert len(digests) == 1
