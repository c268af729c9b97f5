"""Whatever is typed where the database will read it: a page comes back, and nothing of it is carried out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from django.db import connection, transaction

from tests.conftest import PortalClient
from tests.isolation.test_matrix import PLATFORM, PORTAL, VISITORS
from tests.isolation.twins import SLUG, Twin
from tests.isolation.visiting import addresses, path_to, visit
from tests.shares import SHARE, share_of

pytestmark = pytest.mark.filterwarnings("ignore")

ERROR = 500
CALL = "nextval('pg_temp.reached')"  # a number that is gone once it is asked for, rolled back or not
PAYLOADS = (
    "'",
    '"',
    "\\'",
    "');--",
    "' OR '1'='1",
    "1 OR 1=1",
    f"'; SELECT {CALL}; --",
    f"1; SELECT {CALL}--",
    f"' || (SELECT {CALL}) || '",
    "' UNION SELECT schema_name FROM organizations_organization--",
    "$$; DROP SCHEMA public CASCADE; $$",
    "%' AND 1=CAST((SELECT version()) AS int)--",
    "%s%(a)s{0}",
    "\x00",
    "%00",
    "\uff19\uff19' OR 1=1",
    "-1",
    "9" * 40,
    "1e309",
)
QUERY = f"' || (SELECT {CALL}) || '"
OTHERS = ("\x00", "9" * 40)  # what ends in errors, and is no query
SPARSE = 6  # one address in so many meets one of them in `make test`
some_few_or_all = pytest.mark.parametrize(
    ("one_in", "everything"),
    [
        (SHARE, False),
        pytest.param(1, False, marks=pytest.mark.long),
        pytest.param(1, True, marks=pytest.mark.security),
    ],
)
# What pages read from their addresses, and what the admins' lists do.
PARAMETERS = ("q", "page", "show", "before", "domain", "next", "o", "p", "all", "_facets", "state", "id__exact", "e")
_FIELD = re.compile(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"')


@some_few_or_all
@pytest.mark.parametrize(("urlconf", "visitor"), [(PLATFORM, "staff"), (PORTAL, "owner")])
def test_parameters_reach_the_database_as_values_only(
    urlconf: str, visitor: str, one_in: int, everything: bool, twins: tuple[Twin, Twin]
) -> None:
    alice, charlie = twins
    browser = VISITORS[urlconf](alice.portal, charlie.portal)[visitor]
    browser.raise_request_exception = False

    broken = [
        (name, payload)
        for number, (name, address) in enumerate(share_of(addresses(urlconf).items(), one_in))
        for payload in payloads(number, everything=everything)
        if breaks(browser, "get", path_to(address, alice), dict.fromkeys(PARAMETERS, payload))
    ]

    assert broken == []


@some_few_or_all
@pytest.mark.parametrize(("urlconf", "visitor"), [(PLATFORM, "staff"), (PORTAL, "owner")])
def test_fields_reach_the_database_as_values_only(
    urlconf: str, visitor: str, one_in: int, everything: bool, twins: tuple[Twin, Twin]
) -> None:
    alice, charlie = twins
    browser = VISITORS[urlconf](alice.portal, charlie.portal)[visitor]
    browser.raise_request_exception = False
    forms = {}
    for name, address in share_of(addresses(urlconf).items(), one_in):
        path = path_to(address, alice)
        fields = set(_FIELD.findall(visit(browser, "get", path).text_sent)) - {"csrfmiddlewaretoken"}
        if fields:
            forms[name] = (path, fields)

    broken = [
        (name, payload)
        for number, (name, (path, fields)) in enumerate(forms.items())
        for payload in payloads(number, everything=everything)
        if breaks(browser, "post", path, dict.fromkeys(fields, payload))
    ]

    assert len(forms) > 16 // one_in
    assert broken == []


def test_a_path_reaches_the_database_as_a_value_only(twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    browser = VISITORS[PORTAL](alice.portal, charlie.portal)["owner"]
    browser.raise_request_exception = False

    broken = [
        (name, payload)
        for name, address in addresses(PORTAL).items()
        for payload in PAYLOADS
        if (path := path_to(address, alice).replace(SLUG, payload)) != path_to(address, alice)
        and breaks(browser, "get", path, {})
    ]

    assert broken == []


def payloads(number: int, *, everything: bool) -> Sequence[str]:
    """Return what the address of this number meets: the query always, the others here and there."""
    if everything:
        return PAYLOADS
    return (QUERY,) if number % SPARSE else (QUERY, OTHERS[number // SPARSE % len(OTHERS)])


def breaks(browser: PortalClient, method: str, path: str, values: dict[str, str]) -> bool:
    """Whether the answer is an error, or the database did what the payload says."""
    answer = visit(browser, method, path, data=values)
    return answer.status_code >= ERROR or not connection.is_usable() or was_called()


def was_called() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_called FROM pg_temp.reached")
        return bool(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def reached(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY SEQUENCE reached")


def test_a_payload_that_is_carried_out_is_noticed() -> None:
    assert not was_called()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT '{QUERY}'")
        transaction.set_rollback(True)
    assert was_called()
