"""Whatever stands in an address or a form: no page ends in an error, and what can't be a value isn't passed over.

Every address of platform, portal and media host, asked as a visitor, a member of the team, an owner and staff.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.attacks.asking import MEDIA_HOST, URLCONFS, Place, path_with, places, send, without_limits
from tests.attacks.scanning.requests import Form, Page
from tests.isolation.twins import Twin
from tests.isolation.visiting import PLATFORM, PORTAL
from tests.shares import SHARE, in_shares, share_of

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("impossible values")]

WEB = Path(__file__).resolve().parents[2] / "services" / "web" / "bandstand_web"
ERROR = 500
SEED = 20261129
# No number, page or choice of ours is written like this.
IMPOSSIBLE = (
    *("²", "9" * 5000, "-1", "1.5", "1e9", "\u0663", "\uff11", " 1", "1_0", "+1", "0x1", "NaN", "99999999999999999999"),
    *("\N{ZERO WIDTH SPACE}1", "[" * 8000, "'", "a" * 300, "../..", "1\r\nX: 1", "%s{0}", "null"),
)
HOSTILE = (*IMPOSSIBLE, "", "0", "1", "9223372036854775807", "\x00", "\ud800", "0001-01-01", "9999-12-31", "[]", "on")
SEEN = 200
REFUSALS = {400, 404, 422}
MANY = 12
few_or_many = pytest.mark.parametrize("how_many", [1, pytest.param(MANY, marks=pytest.mark.security)])
some_or_many = pytest.mark.parametrize(
    ("one_in", "how_many"),
    [
        (SHARE, 1),
        pytest.param(1, 1, marks=pytest.mark.long),
        pytest.param(1, MANY, marks=pytest.mark.security),
    ],
)


@pytest.fixture(autouse=True)
def _no_limits() -> Iterator[None]:
    with override_settings(MEDIA_HOST=MEDIA_HOST), without_limits():
        yield


@pytest.fixture(params=URLCONFS)
def all_places(request: pytest.FixtureRequest, twin: Twin) -> list[Place]:
    """Each address as each visitor sees it."""
    return places(request.param, twin)


@some_or_many
def test_no_value_ends_in_an_error(all_places: list[Place], twin: Twin, one_in: int, how_many: int) -> None:
    """In each parameter that a view reads, in the variable part of each path, and in all fields of each form.

    As members, whose views are the owner's, in the longest form alone.
    """
    chance = random.Random(SEED)  # noqa: S311 - the same for each run
    broken = []
    for place in share_of((each for each in all_places if how_many > 1 or each.visitor != "member"), one_in):
        for name in sorted(place.asked.query):
            for value in chance.sample(HOSTILE, how_many):
                broken += error(place, "get", f"{place.path}?{query({name: value})}")
        for value in chance.sample(HOSTILE, how_many):
            path = path_with(place, twin, value.replace("\ud800", "\ufffd"))
            broken += error(place, "get", path) if path != place.path else []
            broken += error(place, "post", path, query(dict.fromkeys(place.asked.body, value)))

    assert broken == []


@pytest.mark.security
def test_no_value_of_one_field_ends_in_an_error(all_places: list[Place]) -> None:
    chance = random.Random(SEED)  # noqa: S311
    broken = []
    for place in all_places:
        for name in sorted(place.asked.body):
            for value in chance.sample(HOSTILE, MANY // 2):
                broken += error(place, "post", place.path, query({name: value}))

    assert broken == []


@pytest.mark.security
def test_one_wrong_field_among_right_ones_ends_in_no_error(all_places: list[Place]) -> None:
    """Each form as its page fills it, but for one field: what is right then meets what isn't."""
    chance = random.Random(SEED)  # noqa: S311
    broken: list[str] = []
    filled = 0
    for place in all_places:
        for form in own_forms(place):
            filled += 1
            for name in sorted(form.fields):
                for value in chance.sample(HOSTILE, MANY // 3):
                    broken += error(place, "post", place.path, query({**form.fields, name: value}))

    assert filled >= {PORTAL: 60, PLATFORM: 30}.get(all_places[0].urlconf, 0)
    assert broken == []


@few_or_many
def test_what_cannot_be_a_value_is_refused(all_places: list[Place], how_many: int) -> None:
    """Each parameter that is read by the one parser, with values that no link of ours has."""
    chance = random.Random(SEED)  # noqa: S311
    strict = [
        (place, name)
        for place in all_places
        if place.asked.strict and may_see(place)
        for name in sorted(place.asked.strict)
    ]
    taken = []
    for place, name in strict:
        for value in chance.sample(IMPOSSIBLE, min(6 * how_many, len(IMPOSSIBLE))):
            status = status_of(place, "get", f"{place.path}?{query({name: value})}")
            if status not in REFUSALS:
                taken.append(f"{place.visitor} {place.path}?{name}={value[:20]!r}: {status}")

    assert len(strict) >= (30 if all_places[0].urlconf == PORTAL else 0)
    assert taken == []


@pytest.mark.parametrize("examples", [150, pytest.param(3000, marks=pytest.mark.security)])
def test_made_up_values_end_in_no_error(all_places: list[Place], twin: Twin, examples: int) -> None:
    """Several made-up values at once, in path, address and body, found by hypothesis from a fixed seed."""
    text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.integers().map(str), st.floats().map(str))

    @seed(SEED)
    @hypothesis_settings(
        max_examples=min(examples, 30 * len(all_places)),
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(st.data())
    def ask(data: Any) -> None:
        place = data.draw(st.sampled_from(all_places))
        method = data.draw(st.sampled_from(["get", "post"]))
        path = place.path
        if data.draw(st.booleans()):
            path = path_with(place, twin, data.draw(text).replace("\ud800", "\ufffd"))
        names = st.sampled_from(sorted(place.asked.query) or ["x"])
        parameters = data.draw(st.dictionaries(names, text, max_size=3))
        fields = st.sampled_from(sorted(place.asked.body) or ["x"])
        body = data.draw(st.dictionaries(fields, text, max_size=6)) if method == "post" else {}

        status = status_of(place, method, f"{path}?{query(parameters)}", query(body))

        assert status < ERROR, f"{place.visitor} {method} {path}?{parameters} {body}: {status}"

    ask()


@pytest.mark.parametrize("body", ["[" * 8000, pytest.param('{"a":[' * 8000, marks=pytest.mark.security)])
@in_shares
def test_json_that_is_nested_too_deeply_is_refused(all_places: list[Place], body: str, one_in: int) -> None:
    """To every address, and in the one form field that holds JSON."""
    broken = []
    asked = share_of((each for each in all_places if each.visitor != "member"), one_in)
    for place in all_places:
        if place in asked:
            broken += error(place, "post", place.path, body, "application/json")
        if "credential" in place.asked.body:
            broken += error(place, "post", place.path, query({"credential": body}))

    assert broken == []


def test_nested_reports_of_browsers_are_no_reports(db: None) -> None:
    for body in ("[" * 8000, '{"csp-report":' * 1000, "1" * 5000, "[1]", "\ufeff[]"):
        answer = Client(HTTP_HOST="bandstand.localhost").post(
            "/csp-reports/", body, content_type="application/csp-report"
        )
        assert answer.status_code == 400, body[:20]


def test_one_parser_reads_numbers_from_addresses() -> None:
    """Nothing in web asks a text whether it is a number, or makes one of what a request says, by other means."""
    others = [
        f"{path.name}:{node.lineno}" for path in WEB.rglob("*.py") for node in _own_parsers(ast.parse(path.read_text()))
    ]

    assert others == []


def _own_parsers(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"isdigit", "isdecimal", "isnumeric", "get_page"}:
            yield node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"int", "float"}:
            read = ast.dump(node)
            if any(f"attr='{name}'" in read for name in ("GET", "POST", "META", "headers")):
                yield node


def own_forms(place: Place) -> list[Form]:
    """Return the forms that the place's page sends to itself, filled in; members' pages are the owner's."""
    if place.visitor == "member":
        return []
    answer = send(place.browser, "get", place.path)
    text = answer.getvalue().decode(errors="replace") if answer.status_code == SEEN else ""
    return [form for form in Page(place.path, text).forms if form.method == "POST" and form.action == place.path]


def may_see(place: Place) -> bool:
    """Whether the visitor gets the page; members' pages are the owner's."""
    return place.visitor != "member" and status_of(place, "get", place.path) == SEEN


def error(place: Place, method: str, path: str, body: str = "", content_type: str = "") -> list[str]:
    """Return a line about the answer if it is an error, else nothing."""
    status = status_of(place, method, path, body, content_type)
    return [f"{place.visitor} {method} {path[:120]} {body[:80]}: {status}"] if status >= ERROR else []


def status_of(place: Place, method: str, path: str, body: str = "", content_type: str = "") -> int:
    """Return the status of the answer to a request whose effects are taken back."""
    if method == "get":
        return int(send(place.browser, "get", path).status_code)
    kind = content_type or "application/x-www-form-urlencoded"
    return int(send(place.browser, "post", path, body, content_type=kind).status_code)


def query(values: dict[str, str]) -> str:
    """Return the values as addresses and forms carry them; half a surrogate as the bytes that no UTF-8 has."""
    return urlencode(values, quote_via=lambda text, *_args: quote(text, safe="", errors="surrogatepass"))
