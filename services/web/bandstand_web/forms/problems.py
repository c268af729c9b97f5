"""Collects a page's form errors, for the summary at the top and the prefix of its title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BaseFormSet
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.text import capfirst


@dataclass(frozen=True)
class FormProblem:
    """One error, with its field."""

    text: str
    label: str = ""
    target: str = ""  # the id of the control; empty for errors of the whole form


def problems_of(context: Mapping[str, Any]) -> list[FormProblem]:
    """Return the errors of all forms and formsets in a page's context, in their order there."""
    found: list[FormProblem] = []
    for form in _forms(context):
        found += _of_formset(form) if isinstance(form, BaseFormSet) else _of_form(form)
    return found


def _forms(context: Mapping[str, Any]) -> list[BaseForm | BaseFormSet[Any]]:
    """Return each bound form once: allauth puts some into the context twice, and the admin wraps them."""
    given = [*context.values()]
    if admin_form := context.get("adminform"):
        given = [admin_form.form, *(inline.formset for inline in context.get("inline_admin_formsets", ()))]
    # Unlike isinstance(), this doesn't evaluate lazy objects: the visitor's account must not be loaded here.
    forms = {id(each): each for each in given if issubclass(type(each), (BaseForm, BaseFormSet)) and each.is_bound}
    return list(forms.values())


def _of_form(form: BaseForm, row: str = "") -> Iterator[FormProblem]:
    for name, errors in form.errors.items():
        field = form[name] if name in form.fields else None
        for text in errors:
            if field is None or field.is_hidden:
                yield FormProblem(str(text), row)
                continue
            label = ", ".join(filter(None, [row, str(field.label)]))
            yield FormProblem(str(text), label, field.id_for_label or f"{field.auto_id}_0")


def _of_formset(formset: BaseFormSet[Any]) -> Iterator[FormProblem]:
    for text in formset.non_form_errors():
        yield FormProblem(str(text))
    model = getattr(formset, "model", None)
    kind = capfirst(str(model._meta.verbose_name)) if model else ""  # noqa: SLF001 # documented by Django
    for number, form in enumerate(formset.forms, start=1):
        if not (formset.can_delete and form.cleaned_data.get(DELETION_FIELD_NAME)):
            yield from _of_form(form, f"{kind} {number}".strip())
