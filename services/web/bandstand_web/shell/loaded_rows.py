"""Formsets that don't query the database for each of their rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.forms import BaseModelFormSet
from django.utils.functional import cached_property


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
