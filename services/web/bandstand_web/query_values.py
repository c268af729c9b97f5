"""Parses query parameters. An invalid value is a 404.

An empty value counts as absent, because forms send empty fields.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TypeVar

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from bandstand.content.whole_numbers import BIGGEST, whole_number

Row = TypeVar("Row", bound=Model)


class ImpossibleValueError(Http404):
    """No link or form of ours produces this value."""


def number(request: HttpRequest, name: str, *, most: int = BIGGEST) -> int | None:
    """Return the parameter as a number, or None if absent. Raises ImpossibleValueError."""
    text = request.GET.get(name, "")
    return _number(name, text, most) if text else None


def numbers(request: HttpRequest, name: str) -> list[int]:
    """Return all values of a repeatable parameter as numbers. Raises ImpossibleValueError."""
    return [_number(name, text, BIGGEST) for text in request.GET.getlist(name) if text]


def choice(request: HttpRequest, name: str, among: Container[str], *, default: str = "") -> str:
    """Return the parameter's value, which must be one of `among`. Raises ImpossibleValueError."""
    text = request.GET.get(name, "")
    if text and text not in among:
        raise ImpossibleValueError(f"{name} has no such value")
    return text or default


def page_of(request: HttpRequest, rows: QuerySet[Row], per_page: int) -> Page[Row]:
    """Return the page of `rows` given by `?page=`. Raises ImpossibleValueError if it doesn't exist."""
    wanted = number(request, "page")
    try:
        return _Pages(rows, per_page).page(1 if wanted is None else wanted)
    except InvalidPage as problem:
        raise ImpossibleValueError("there is no such page") from problem


class _Pages(Paginator[Row]):
    """Counts the rows only where one page doesn't show all of them, as most portals' do."""

    def page(self, number: int | str) -> Page[Row]:
        if number != 1:
            return super().page(number)
        rows = list(self.object_list[: self.per_page + 1])
        if len(rows) <= self.per_page:
            self.count = len(rows)
        return Page(rows[: self.per_page], 1, self)


def _number(name: str, text: str, most: int) -> int:
    found = whole_number(text, most=most)
    if found is None:
        raise ImpossibleValueError(f"{name} is no such number")
    return found
