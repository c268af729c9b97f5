"""Related rows on admin forms: looked up by key, and limited in number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import ForeignKey, ManyToManyField
from django.forms import BaseInlineFormSet
from django.forms.utils import pretty_name
from django.http import HttpRequest
from django.utils.text import capfirst

from bandstand.content.form_sets import RowsTogether
from bandstand.content.whole_numbers import whole_number

MOST_ROWS = 100  # each is a form to build and validate, even for a forged request


class KeysOnly(AutocompleteMixin):
    """Ignores forged keys, on which Django's own widget raises a ValueError."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        keys = [key for key in value if whole_number(key) is not None]
        return super().optgroups(name, keys, attr)


class KeySelect(KeysOnly, AutocompleteSelect):
    """Selects one row."""


class KeySelectMultiple(KeysOnly, AutocompleteSelectMultiple):
    """Selects several rows."""


class LookingUp(admin.options.BaseModelAdmin):
    """Uses these widgets for `autocomplete_fields`."""

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelectMultiple(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class InlineRows(RowsTogether, BaseInlineFormSet):
    """The rows of one inline. Their fields are named for those who can't see the table's head above them."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            label = capfirst(str(field.label or pretty_name(name)))
            for widget in (field.widget, getattr(field.widget, "widget", field.widget)):  # one may wrap the other
                widget.attrs.setdefault("aria-label", label)


class RowsInline(LookingUp, admin.TabularInline):
    """A table of rows; a forged row count can't create thousands of forms."""

    formset = InlineRows
    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, absolute_max=MOST_ROWS, **kwargs)
