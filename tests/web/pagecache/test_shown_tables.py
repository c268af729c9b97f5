"""A vote or a message leaves the portal's pages in the cache, and no page shows a table that is declared off pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from psycopg import sql

from bandstand.database.shown_tables import WHOLE, parts_by_table
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.polls.models import Question, Vote
from bandstand_web.pagecache.pages import AnonymousPage, anonymous_page_of
from tests.conftest import Portal
from tests.isolation.twins import Twin, fill
from tests.isolation.visiting import PORTAL, addresses, path_to

# Asked for by pages, of rows in `public`. Whoever writes them announces it: see resolution.py, and `count_in`.
ANNOUNCED = {"organizations_organization", "organizations_domain", "listings_listing"}
QUERIES = {"oembed": "?url=https://alice.example/bands/the-same/"}


@pytest.fixture
def twin(alice_portal: Portal, settings: object) -> Twin:
    """Alice's portal with a row of every kind, whose pages are made anew each time."""
    settings.PAGE_CACHE_SECONDS = 0  # type: ignore[attr-defined]
    return fill(alice_portal, "canary")


def pages(twin: Twin) -> Iterator[AnonymousPage]:
    """Yield every page for everybody that a portal has."""
    found = [address for address in addresses(PORTAL).values() if is_for_everybody(address.pattern)]
    paths = [path_to(address, twin) + QUERIES.get(address.name, "") for address in found]
    paths += ["/bands/?genre=the-same", "/bands/?town=canary", "/gigs/?when=past", "/gigs/?band=the-same"]
    for path in [*paths, "/bands/former-canary/"]:
        request = RequestFactory(HTTP_HOST=twin.portal.host).get(path)
        request.organization = twin.portal.organization  # type: ignore[attr-defined]
        page = anonymous_page_of(request)
        assert page, path
        yield page


def is_for_everybody(pattern: object) -> bool:
    return hasattr(pattern.callback, "anonymous_parameters")  # type: ignore[attr-defined]


def made(twin: Twin, page: AnonymousPage) -> tuple[int, bytes]:
    answer = twin.portal.client().get(f"{page.path}?{page.query}")
    return answer.status_code, answer.content


def test_a_page_asks_no_table_whose_changes_it_does_not_notice(twin: Twin) -> None:
    asked: set[str] = set()
    for page in pages(twin):
        with CaptureQueriesContext(connection) as seen:
            status, _body = made(twin, page)
        assert status in {200, 301}, page.path
        tables = {table for query in seen for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
        asked |= tables
        noticed = {table for table in tables if parts_by_table().get(table, WHOLE) in {WHOLE, *page.parts}}
        assert tables - noticed <= ANNOUNCED, page.path

    counted = {table for table, part in parts_by_table().items() if part is not None}
    assert counted - asked == set(), "written to by the team alone? Name them in `off_pages` of the app"


def test_what_is_written_to_other_tables_changes_no_page(twin: Twin) -> None:
    every = list(pages(twin))
    before = [made(twin, page) for page in every]
    with tenant_context(twin.portal.organization):
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        changed = {table for table in tables_off_pages() if is_changed(table)}
    assert {"enquiries_enquiry", "accounts_user", "content_searchentry", "notices_notice"} < changed
    assert [made(twin, page) for page in every] == before


def tables_off_pages() -> list[str]:
    """Return those that stand in portals' schemas."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        return [table for (table,) in cursor.fetchall() if parts_by_table().get(table, WHOLE) is None]


def is_changed(table: str) -> bool:
    """Change what can be changed of the table's rows; return whether something was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s",
            [table],
        )
        texts = [name for name, kind in cursor.fetchall() if kind in {"text", "character varying"}]
        cut = sql.SQL("UPDATE {0} SET {1} = left({1} || '!', 30)")
        ways = [cut.format(sql.Identifier(table), sql.Identifier(name)) for name in texts]
        ways.append(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        return sum(is_possible(cursor, way) for way in ways) > 0


def is_possible(cursor: object, statement: sql.Composed) -> bool:
    try:
        with transaction.atomic():
            cursor.execute(statement)  # type: ignore[attr-defined]
            return bool(cursor.rowcount)  # type: ignore[attr-defined]
    except DatabaseError:
        return False


def test_a_vote_makes_the_pages_of_polls_anew_and_no_others(alice: Portal) -> None:
    with tenant_context(alice.organization):
        question = Question.objects.get()
    others, own = ["/", "/bands/", "/gigs/"], ["/polls/", f"/polls/{question.pk}/results/"]
    before = {path: alice.client().get(path).content for path in [*others, *own]}

    with tenant_context(alice.organization):
        Vote.objects.create(question=question, choice=question.choices.first(), voter="v")
    connection.set_schema_to_public()

    assert all(is_kept(alice, path) for path in others)
    assert not any(is_kept(alice, path) for path in own)
    assert all(alice.client().get(path).content != before[path] for path in own)
    assert all(is_kept(alice, path) for path in own)


def test_a_message_and_a_job_leave_all_pages_in_the_cache(alice: Portal) -> None:
    alice.client().get("/bands/cats/")
    with tenant_context(alice.organization), transaction.atomic():
        Enquiry.objects.create(subject="Hello", message="Can you play?", sender_name="X", sender_email="x@example.org")
        enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at="2030-01-01T00:00:00Z"), organization=alice.organization)
    connection.set_schema_to_public()
    try:
        assert is_kept(alice, "/bands/cats/")
    finally:
        Job.objects.all().delete()
        with tenant_context(alice.organization):
            Enquiry.objects.all().delete()


def is_kept(portal: Portal, path: str) -> bool:
    with CaptureQueriesContext(connection) as seen:
        assert portal.client().get(path).status_code == 200
    return len(seen) == 0


def test_what_is_declared_exists() -> None:
    for config in apps.get_app_configs():
        models = {model._meta.model_name for model in config.get_models(include_auto_created=True)} | {"*"}
        assert {*getattr(config, "off_pages", ()), *getattr(config, "shown_apart", {})} <= models, config.name
