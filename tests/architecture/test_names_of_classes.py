"""A class's name says which it is: no two modules give one name to different public classes."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.servers import ROOT

PLACES = ("shared/bandstand", "services/web/bandstand_web", "services/worker/bandstand_worker")
CALLED_BY_DJANGO = {"Command", "Meta", "Media", "Migration"}
# Pairs that are one thing at two places, with the reason.
ONE_THING = {
    "MomentField": "a model's field and its form's, as Django names its own",
    "AddressField": "a model's field and its form's, as Django names its own",
    "YearField": "a model's field and its form's, as Django names its own",
}


def test_no_two_public_classes_have_one_name() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for place in PLACES:
        for path in (ROOT / place).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for each in tree.body:
                if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                    found[each.name].add(str(path.relative_to(ROOT)))
    twice = {name: sorted(paths) for name, paths in found.items() if len(paths) > 1 and name not in CALLED_BY_DJANGO}

    assert len(found) > 500
    assert set(twice) == set(ONE_THING), twice


def test_no_two_modules_of_one_room_differ_in_an_ending_alone() -> None:
    """As `dispatch` and `dispatching` did."""
    modules = [path for place in PLACES for path in (ROOT / place).rglob("*.py") if "migrations" not in path.parts]
    names = {path.with_suffix("") for path in modules}

    assert [str(name.relative_to(ROOT)) for name in names if name.with_name(f"{name.name}ing") in names] == []
