"""A portal's URLs and pages at which two tenants can be told apart, whatever happens on the way.

Each answers with the addresses of the team's members, read after everything else was done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress

from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django_tenants.utils import schema_context

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization


class UnhandledError(Exception):
    """Nobody catches this one."""


def _people() -> list[str]:
    return list(User.objects.values_list("email", flat=True))


def _read(_name: str) -> None:
    """Ask one question in autocommit."""


def _write(name: str) -> None:
    """Commit a row, and read it in its transaction."""
    with transaction.atomic():
        Group.objects.create(name=name)
        assert Group.objects.filter(name=name).count() == 1


def _write_by_itself(name: str) -> None:
    """Commit a row without a transaction around it."""
    Group.objects.bulk_create([Group(name=name)])


def _roll_back(name: str) -> None:
    """Take a row back."""
    with suppress(UnhandledError), transaction.atomic():
        _people()
        Group.objects.create(name=f"never-{name}")
        raise UnhandledError


def _roll_back_inside(name: str) -> None:
    """Take half of a transaction back, after an error of the database's own."""
    with transaction.atomic():
        Group.objects.create(name=name)
        with suppress(IntegrityError), transaction.atomic():
            Group.objects.create(name=f"never-{name}")
            Group.objects.create(name=name)
        assert not Group.objects.filter(name=f"never-{name}").exists()


def _leave_and_return(_name: str) -> None:
    """Look at the platform in between, within one transaction and after a savepoint was given up."""
    with transaction.atomic():
        team = _people()
        with suppress(UnhandledError), transaction.atomic(), schema_context("public"):
            assert not set(team) & set(_people()), "the platform's people are other rows"
            raise UnhandledError
        assert _people() == team


def _ask_nonsense(_name: str) -> None:
    """Fail on the server, and before anything is sent."""
    for refused in (("SELECT * FROM nowhere", None), ("SELECT %s", [object()])):
        for block in (transaction.atomic, nullcontext):
            with suppress(DatabaseError), block(), connection.cursor() as cursor:
                cursor.execute(*refused)


def _iterate(_name: str) -> None:
    """Read in chunks, by a cursor on the server and by one here."""
    alone = [user.email for user in User.objects.iterator(chunk_size=1)]
    with transaction.atomic():
        assert [user.email for user in User.objects.iterator(chunk_size=1)] == alone
    with connection.cursor() as cursor:
        cursor.executemany("SELECT email FROM accounts_user WHERE email <> %s", [["100 %"], ["%s"]])


def _lose_everything(_name: str) -> None:
    """Let the request fail in the middle of a transaction."""
    with transaction.atomic():
        _people()
        raise UnhandledError


def _read_the_platform(_name: str) -> None:
    """Read a table of `public`, which the path falls through to."""
    assert Organization.objects.filter(schema_name=connection.tenant.schema_name).count() == 1


STEPS: dict[str, Callable[[str], None]] = {
    function.__name__.lstrip("_").replace("_", "-"): function
    for function in (
        _read,
        _write,
        _write_by_itself,
        _roll_back,
        _roll_back_inside,
        _leave_and_return,
        _ask_nonsense,
        _iterate,
        _lose_everything,
        _read_the_platform,
    )
}
WRITING = {"write", "write-by-itself", "roll-back-inside"}


def _page(_request: HttpRequest, step: str, name: str) -> HttpResponse:
    STEPS[step](name)
    return JsonResponse({"people": _people()})


urlpatterns = [
    path("steps/<slug:step>/<slug:name>/", _page),
    path("", include("bandstand_web.urls.portal")),
]
