"""Versions of a row's texts in the portal's further languages, beside the texts themselves in any form of the row."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms import BaseModelForm, BoundField

from bandstand.content.translated import Translated, label_in, name_for_version


class FieldsBeside(forms.BaseForm):
    """A form with fields "name:de" for texts in further languages; components/field.html shows them beside "name"."""

    further_languages: tuple[str, ...] = ()
    _told: tuple[str, ...] = ()

    def add_versions(self, stored: Mapping[str, Mapping[str, str]]) -> None:
        """Add fields for what these texts, by their names, say in other languages now, by language."""
        self._told = tuple(stored)
        for name, versions in stored.items():
            for code in self.further_languages:
                field = _version_of(self.fields[name], code)
                field.label, field.initial = label_in(self.fields[name].label, code), versions.get(code, "")
                self.fields[name_for_version(name, code)] = field

    def sent_versions(self, name: str) -> dict[str, str]:
        """Return what was sent of a text in other languages. The form is cleaned."""
        return {code: self.cleaned_data.get(name_for_version(name, code), "") for code in self.further_languages}

    def versions_beside(self, name: str) -> list[BoundField]:
        """Return the fields of the versions of the field `name`."""
        if name not in self._told:
            return []
        return [self[name_for_version(name, code)] for code in self.further_languages]

    def visible_fields(self) -> list[BoundField]:
        """Leave out the versions, which stand beside their fields."""
        return [field for field in super().visible_fields() if field.name not in self._beside]

    def get_context(self) -> dict[str, Any]:
        """Leave them out likewise where the form is shown as a whole."""
        context = super().get_context()
        return {**context, "fields": [each for each in context["fields"] if each[0].name not in self._beside]}

    @property
    def _beside(self) -> set[str]:
        return {name_for_version(name, code) for name in self._told for code in self.further_languages}


class VersionsForm(FieldsBeside, forms.ModelForm[Any]):
    """The form of a row that may have versions of its texts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model: Any = type(self.instance)
        names = [name for name in model.translated_fields if name in self.fields]
        self.add_versions({name: self.instance.versions_of(name) for name in names})

    def _post_clean(self) -> None:
        """Take the versions over. Those in languages that the portal has no more stay as they are."""
        for name in self._told:
            self.instance.set_versions(name, {**self.instance.versions_of(name), **self.sent_versions(name)})
        super()._post_clean()  # type: ignore[misc] # Django's own


def with_versions(form_class: type[BaseModelForm[Any]], languages: Iterable[str]) -> type[Any]:
    """Return the form with fields for versions in these languages; itself if there are none to have."""
    model: Any = form_class._meta.model  # noqa: SLF001 # Django's own
    languages = tuple(languages)
    if not languages or not issubclass(model, Translated):
        return form_class
    return type(form_class.__name__, (VersionsForm, form_class), {"further_languages": languages})


def rows_with_versions(formset_class: type[Any], languages: Iterable[str]) -> type[Any]:
    """Return the formset, whose forms have fields for versions, likewise."""
    form_class = with_versions(formset_class.form, languages)
    if form_class is formset_class.form:
        return formset_class
    return type(formset_class.__name__, (formset_class,), {"form": form_class})


def _version_of(field: forms.Field, code: str) -> forms.Field:
    """Return a field for what `field` says in another language."""
    version = copy.deepcopy(field)
    version.required = False
    version.help_text = ""
    version.widget.is_required = False
    version.widget.attrs = {**version.widget.attrs, "lang": code}
    return version
