"""Genres and instruments in forms: their names in one line, and rows that are linked to those with these names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bandstand.bands.naming import named_rows, read_names
from bandstand.content.moments import Unreadable
from bandstand.content.named import Named
from bandstand.content.names import name_key
from bandstand.content.values import join_names, split_names
from bandstand_web.forms.known_rows import asking


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


class NamedRowsForm(forms.ModelForm[Any]):
    """A form whose row is linked to rows with the names in its NamesFields; `named_rows` says by which relation.

    Its page includes components/known_names.html for each kind of them ("known-genres").
    """

    named_rows: ClassVar[Mapping[str, str]] = {}  # the relation by the field's name

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.named_rows:
            known = f"{self.fields[name].model._meta.model_name}s"  # type: ignore[attr-defined] # noqa: SLF001 # documented
            url = reverse(f"backstage:{known}_known")
            self.fields[name].widget.attrs |= asking(url, self.add_prefix(name), f"known-{known}")
        if self.instance.pk:
            for name, relation in self.named_rows.items():
                self.fields[name].initial = list(getattr(self.instance, relation).all())

    def save(self, commit: bool = True) -> Any:
        row = super().save(commit=commit)
        for name, relation in self.named_rows.items():
            field: Any = self.fields[name]
            getattr(row, relation).set(field.rows(self.cleaned_data[name]))
        return row


def _folded(line: str) -> set[str]:
    return {name_key(name) for name in split_names(line)}
