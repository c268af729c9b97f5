"""The base of every ModelAdmin on both sites: lists can only be filtered by what they show.

Django accepts any field of a model as a filter in the query string, including fields that no page shows, which lets an
attacker extract their contents letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bandstand.content.identified import has_uid
from bandstand.content.whole_numbers import whole_number
from bandstand_web.query_values import ImpossibleValueError, number
from bandstand_web.shell.access import hidden_fields
from bandstand_web.shell.admin.comparing import ComparingAdmin
from bandstand_web.shell.admin.relations import LookingUp
from bandstand_web.shell.admin.trashing import TrashingAdmin

Path = tuple[str, ...]

# Lookups that a filter in the query string may use. Regular expressions are excluded: they can take arbitrarily long.
LOOKUPS = {
    *("exact", "iexact", "in", "isnull", "gt", "gte", "lt", "lte", "range"),
    *("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
    *("date", "year", "month", "day"),
}


class GuardedChangeList(ChangeList):
    """Returns 404 for an impossible page or order, and redirects to the plain list for an impossible filter."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        number(request, PAGE_VAR)
        if any(whole_number(part.removeprefix("-")) is None for part in _parts(request, ORDER_VAR)):
            raise ImpossibleValueError("there is no such order")
        super().__init__(request, *args, **kwargs)

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page's rows. Raises ImpossibleValueError for a page that doesn't exist."""
        try:
            super().get_results(request)
        except IncorrectLookupParameters as problem:
            raise ImpossibleValueError("there is no such page") from problem
        if not 1 <= self.page_num <= self.paginator.num_pages:
            raise ImpossibleValueError("there is no such page")

    def get_filters(self, request: HttpRequest) -> Any:
        """Build the filters as Django does, which fails with an error from `datetime` for a day that doesn't exist."""
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as problem:
            raise IncorrectLookupParameters(problem) from problem


class GuardedAdmin(TrashingAdmin, LookingUp, ComparingAdmin):
    """Allows filters only on what its list shows, filters, searches or orders by; shows a row's `uid`.

    Private fields are shown, filtered and searched for those alone who may see them.
    """

    def action_checkbox(self, obj: Model) -> SafeString:
        """Return Django's own box, written at once: its widget renders two templates, a third of a list's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            format_html(_("Select this object for an action - {}"), obj),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return GuardedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row, or None. Treats an empty `?_to_field=` as absent: Django fails on it."""
        return super().get_object(request, object_id, from_field or None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "uid"] if obj and has_uid(self.model) else fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._seen(request, super().get_fields(request, obj))

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._seen(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self._seen(request, super().get_search_fields(request))

    def get_list_filter(self, request: HttpRequest) -> Any:
        return self._seen(request, super().get_list_filter(request))

    def _seen(self, request: HttpRequest, said: Any) -> Any:
        """Return those of a list's columns, filters or lookups that lead over no field hidden from the user."""
        user: Any = request.user  # of the team: the site asks
        return [
            each
            for each in said
            if not any(name in hidden_fields(user, model) for model, name in _traversed(self.model, each))
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not obj or not has_uid(self.model) or "uid" in flatten_fieldsets(fieldsets):
            return fieldsets
        return [*fieldsets, (None, {"fields": ["uid"]})]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether the query string may use `lookup` as a filter."""
        if lookup in self._own_parameters(request):
            return True
        path, asked = _split(self.model, lookup)
        if not path or not set(asked) <= LOOKUPS:
            return False
        return path in set(self._admitted(request))

    def _own_parameters(self, request: HttpRequest) -> set[str]:
        """Return the parameters of filters that aren't model fields."""
        filters: list[Any] = list(self.get_list_filter(request))
        return {str(each.parameter_name) for each in filters if hasattr(each, "parameter_name")}

    def _admitted(self, request: HttpRequest) -> Iterator[Path]:
        for name in self._asked_about(request):
            path, _rest = _split(self.model, name)
            if path:
                yield path
                if key := _key_behind(self.model, path):
                    yield (*path, key)

    def _asked_about(self, request: HttpRequest) -> Iterator[str]:
        for column in self.get_list_display(request):
            yield str(getattr(getattr(self, str(column), None), "admin_order_field", None) or column)
        yield from filter(None, map(_lookup_of, self.get_list_filter(request)))
        yield from map(_lookup_of, self.get_search_fields(request))
        yield from (str(field).lstrip("-") for field in self.get_ordering(request))
        if self.date_hierarchy:
            yield self.date_hierarchy


def _lookup_of(said: Any) -> str:
    """Return the lookup that a column, filter or search field names; "" for one that isn't about a field.

    Filters may be tuples, `("country", AllValuesFieldListFilter)`, and search fields begin with signs, "=email".
    """
    named = said[0] if isinstance(said, (tuple, list)) else said
    return named.lstrip("^=@") if isinstance(named, str) else ""


def _traversed(model: type[Model], said: Any) -> Iterator[tuple[type[Model], str]]:
    """Yield each field on the way of what a ModelAdmin names, with its model."""
    at: Any = model
    for name in _split(model, _lookup_of(said))[0]:
        yield at, name
        at = at._meta.get_field(name).related_model  # noqa: SLF001


def _split(model: type[Model], lookup: str) -> tuple[Path, list[str]]:
    """Split `lookup` into the names of the fields it traverses and the lookups applied to the last one."""
    path: list[str] = []
    parts = lookup.split(LOOKUP_SEP)
    at: Any = model
    while parts and at is not None:
        try:
            field = at._meta.get_field(at._meta.pk.name if parts[0] == "pk" else parts[0])  # noqa: SLF001
        except FieldDoesNotExist:
            break
        path.append(field.name)
        parts.pop(0)
        at = field.related_model
    return tuple(path), parts


def _key_behind(model: type[Model], path: Path) -> str | None:
    """Return the primary key's name of the model that `path` leads to; None if it doesn't end in a relation."""
    at: Any = model
    for name in path:
        at = at._meta.get_field(name).related_model  # noqa: SLF001
    return str(at._meta.pk.name) if at is not None else None  # noqa: SLF001


def _parts(request: HttpRequest, name: str) -> list[str]:
    text = request.GET.get(name, "")
    return text.split(".") if text else []
