"""Paths of pages are the URLconf's: what domain and worker write out, having none, leads to the page that is meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import Resolver404, resolve, reverse

from tests.servers import ROOT

PORTAL, PLATFORM = "bandstand_web.urls.portal", "bandstand_web.urls.platform"
PAGE = re.compile(r"/(?:[a-z0-9-]+/)+")
NO_PAGES = {"/media/"}  # where pictures lie
KINDS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("bandstand.") and hasattr(model, "get_absolute_url")
]


def test_there_are_kinds_with_pages() -> None:
    assert {model._meta.label for model in KINDS} >= {"bands.Band", "gigs.Gig", "polls.Question"}


@pytest.mark.parametrize("model", KINDS, ids=lambda model: model._meta.label)
def test_a_kinds_address_is_that_of_its_page(model: type[Model]) -> None:
    row = model(pk=4711)
    if any(field.name == "slug" for field in model._meta.get_fields()):
        row.slug = "the-same"

    path = row.get_absolute_url()
    page = resolve(path, PORTAL)

    assert f"{page.func.__module__}.".startswith(f"bandstand_web.{model._meta.app_label}.portal.")
    assert page.kwargs == {name: getattr(row, name) for name in page.kwargs}
    assert page.kwargs, "it names one row"
    assert reverse(page.view_name, PORTAL, kwargs=page.kwargs) == path


def paths() -> Iterator[tuple[str, str]]:
    """Yield the paths that stand in the domain's and the worker's code, with the file; what is filled in is 1."""
    for place in ("shared/bandstand", "services/worker/bandstand_worker"):
        for path in (ROOT / place).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from ((path.name, text) for text in _texts(path) if PAGE.fullmatch(text) and text not in NO_PAGES)


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
    for each in ast.walk(tree):
        if isinstance(each, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in each.values)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in parts:
            yield each.value


def test_each_path_that_is_written_out_leads_somewhere() -> None:
    found = set(paths())

    assert len(found) > 8
    assert [each for each in found if not _leads_somewhere(each[1])] == []


def test_a_kinds_path_is_written_out_once() -> None:
    kinds = {written_out(model) for model in KINDS}

    assert sorted((file, path) for file, path in paths() if path in kinds) == sorted(
        ("models.py", written_out(model)) for model in KINDS
    )


def written_out(model: type[Model]) -> str:
    """Return how the path of a kind's page is told in its code: below the kind's name, but for pages, at the root."""
    return "/1/" if model._meta.app_label == "pages" else f"/{model._meta.app_label}/1/"


def _leads_somewhere(path: str) -> bool:
    for urlconf in (PORTAL, PLATFORM):
        try:
            resolve(path, urlconf)
        except Resolver404:
            continue
        return True
    return False
