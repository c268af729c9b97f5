"""A pooled connection never carries one tenant into the next one's request."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from tests.conftest import Portal

ALICE, CHARLIE = ["alice@example.org"], ["charlie@example.org"]


def people() -> list[str]:
    return list(User.objects.values_list("email", flat=True))


def path_on_the_server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        return str(cursor.fetchone()[0])


@pytest.fixture
def two(django_db_setup: None, django_db_blocker: object) -> Iterator[tuple[Organization, Organization]]:
    """Both tenants, outside any test transaction: connections go to the pool and come back as in production."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield Organization.objects.get(slug="alice"), Organization.objects.get(slug="charlie")
        connection.close()


def test_it_sets_the_path_once_for_many_queries(two: tuple[Organization, Organization]) -> None:
    connection.close()
    seen = Statements()
    with tenant_context(two[0]), connection.execute_wrapper(seen):
        for _query in range(3):
            people()
    connection.close()

    # Not even once where the pooled connection stood there already.
    assert sum("search_path" in text for text in seen.texts) <= 1
    assert len(seen.texts) <= 4


class Statements:
    """Collects what is sent to the server."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, execute: object, sql: str, params: object, many: bool, context: object) -> object:
        self.texts.append(sql)
        return execute(sql, params, many, context)  # type: ignore[operator]


def test_it_follows_the_tenant_over_one_server_connection(two: tuple[Organization, Organization]) -> None:
    alice, charlie = two
    for _round in range(3):
        with tenant_context(alice):
            assert people() == ALICE
        connection.close()
        with tenant_context(charlie):
            assert people() == CHARLIE
        connection.close()


def test_it_survives_an_exception_in_the_middle(two: tuple[Organization, Organization]) -> None:
    alice, charlie = two
    with pytest.raises(ZeroDivisionError), tenant_context(alice):
        people()
        raise ZeroDivisionError
    connection.close()
    with tenant_context(charlie):
        assert people() == CHARLIE
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")
        assert people() == CHARLIE


def test_it_survives_a_rolled_back_transaction(two: tuple[Organization, Organization]) -> None:
    alice, charlie = two
    with tenant_context(charlie):
        people()
    with pytest.raises(ZeroDivisionError), transaction.atomic(), tenant_context(alice):
        assert people() == ALICE  # SET within the transaction: PostgreSQL reverts it
        raise ZeroDivisionError
    with tenant_context(alice):
        assert people() == ALICE
    with tenant_context(charlie):
        assert people() == CHARLIE


def test_it_survives_a_rolled_back_savepoint(two: tuple[Organization, Organization]) -> None:
    alice, charlie = two
    with transaction.atomic():
        with tenant_context(charlie):
            people()
        with pytest.raises(ZeroDivisionError), transaction.atomic(), tenant_context(alice):
            people()
            raise ZeroDivisionError
        with tenant_context(alice):
            assert people() == ALICE


def test_it_survives_a_transaction_that_the_pool_rolls_back(two: tuple[Organization, Organization]) -> None:
    alice, charlie = two
    with tenant_context(charlie):
        people()
    connection.set_autocommit(False)
    with tenant_context(alice):
        people()
    connection.close()  # still in a transaction
    with tenant_context(alice):
        assert people() == ALICE
    with tenant_context(charlie):
        assert people() == CHARLIE


def test_it_keeps_threads_apart(two: tuple[Organization, Organization]) -> None:
    def work(number: int) -> tuple[list[str], int]:
        organization = two[number % 2]
        try:
            with tenant_context(organization):
                if number % 7 == 0:
                    with pytest.raises(ZeroDivisionError), transaction.atomic():
                        people()
                        raise ZeroDivisionError
                return people(), ContentType.objects.get_for_model(User).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(work, range(400)))

    assert all(found == (ALICE, CHARLIE)[number % 2] for number, (found, _pk) in enumerate(results))


def test_it_keeps_content_types_by_schema(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        ContentType.objects.filter(app_label="accounts", model="user").update(model="user_before")
        moved = ContentType.objects.create(app_label="accounts", model="user")
    with tenant_context(alice_portal.organization):
        first = ContentType.objects.get_for_model(User).pk
    with tenant_context(charlie_portal.organization):
        ContentType.objects.clear_cache()
        assert ContentType.objects.get_for_model(User).pk == moved.pk != first
    with tenant_context(alice_portal.organization):
        assert ContentType.objects.get_for_model(User).pk == first
    with tenant_context(charlie_portal.organization):
        ContentType.objects.clear_cache()
