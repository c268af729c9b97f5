"""Form fields shared by several backstage forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.forms import BaseModelFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from bandstand.bands.naming import named_rows, read_names
from bandstand.content.moments import Unreadable
from bandstand.content.named import Named
from bandstand.content.names import name_key
from bandstand.content.values import join_names, split_names
from bandstand.media.storage import ACCEPT

PICTURES_AT_ONCE = 12


class NamesField(forms.CharField):
    """Comma-separated names of rows; missing rows are created.

    `model` has a unique `name`. The cleaned value is a list of names; `rows()` turns it into rows.
    """

    def __init__(self, model: type[Named], **kwargs: Any) -> None:
        self.model = model
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("Separate them with commas."))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Return the list of names. Raises ValidationError for one that is too long."""
        try:
            return read_names(super().clean(value))
        except Unreadable as problem:
            raise forms.ValidationError(str(problem)) from None

    def prepare_value(self, value: Any) -> Any:
        """Join rows or names into one line."""
        return value if isinstance(value, str) or value is None else join_names(map(str, value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether `data` names rows other than `initial`, ignoring order and case."""
        before = initial if isinstance(initial, str) else join_names(map(str, initial or ()))
        return _folded(before) != _folded(data or "")

    def rows(self, names: list[str]) -> list[Named]:
        """Return the rows with these names, creating missing ones."""
        return named_rows(self.model, names)


def _folded(line: str) -> set[str]:
    return {name_key(name) for name in split_names(line)}


class LoadedRowField(forms.ModelChoiceField[models.Model]):
    """The hidden primary key of a formset's row, looked up among the rows that are already loaded."""

    def __init__(self, loaded: dict[str, models.Model], **kwargs: Any) -> None:
        self.loaded = loaded
        super().__init__(None, required=False, widget=forms.HiddenInput, **kwargs)

    def to_python(self, value: Any) -> models.Model | None:
        """Return the row. Raises ValidationError if it isn't loaded."""
        if value in self.empty_values:
            return None
        if str(value) not in self.loaded:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self.loaded[str(value)]


class LoadedRows(BaseModelFormSet[Any, Any]):
    """A formset that doesn't query the database again for each row. Must precede Django's classes in the bases."""

    @cached_property
    def loaded(self) -> dict[str, models.Model]:
        """The rows by primary key."""
        return {str(row.pk): row for row in self.get_queryset()}

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add Django's fields, replacing the one for the primary key."""
        super().add_fields(form, index)
        form.fields["id"] = LoadedRowField(self.loaded, initial=form.fields["id"].initial)


class PicturesInput(forms.FileInput):
    """A file input that accepts several pictures."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """One or more files, as a list. Each is validated when it is stored, not here."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", PicturesInput(attrs={"accept": ACCEPT, "multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files. Raises ValidationError if there are none or too many."""
        files = list(data or ())
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > PICTURES_AT_ONCE:
            raise forms.ValidationError(
                _("Choose up to %(limit)d pictures at a time."), params={"limit": PICTURES_AT_ONCE}
            )
        return files
