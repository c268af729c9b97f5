"""Form sets whose rows may swap unique values when they are saved together.

Django validates each row against the table, where the other rows still have their old values, and saves one after the
other, so swapping two values is refused or raises IntegrityError.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.forms import BaseModelFormSet, ModelForm

Rule = tuple[tuple[str, ...], str]


class RowsTogether(BaseModelFormSet[Any, Any]):
    """A form set that checks uniqueness against all submitted rows. List it before Django's classes in the bases.

    Each unique rule must include the foreign key to the parent row; a test enforces that.
    """

    model: Any
    instance: Any  # of an inline form set: the parent row

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        # The form set checks uniqueness instead, once all rows are known.
        form.validate_unique = lambda: None
        form.validate_constraints = partial(_validate_row, form)
        return form

    def validate_unique(self) -> None:
        """Add an error to each row that duplicates another one, in the set or outside of it."""
        forms = [form for form in self._remaining() if form.is_valid()]
        for fields, message in unique_rules(self.model):
            own = tuple(name for name in fields if name != self._shared_column)  # the column that all rows share
            taken = self._taken_outside(forms, own)
            # Of two duplicates, the changed one gets the error.
            for form in sorted(forms, key=lambda form: not _changed_columns(form).isdisjoint(own)):
                key = _key(form.instance, own)
                if None in key:
                    continue
                if key in taken:
                    _refuse(form, own, message)
                taken.add(key)

    def save_existing_objects(self, commit: bool = True) -> Any:
        """Save the existing rows, each of which may take over a value that another one gives up."""
        if not commit:
            return super().save_existing_objects(commit)
        with transaction.atomic():
            self._give_up_values()
            return super().save_existing_objects(commit)

    def _remaining(self) -> Iterator[ModelForm[Any]]:
        leaving = self.deleted_forms
        for number, form in enumerate(self.forms):
            if form not in leaving and (number < self.initial_form_count() or form.has_changed()):
                yield form

    @property
    def _shared_column(self) -> str | None:
        """The foreign key that is the same in all rows of an inline form set."""
        return self.fk.attname if hasattr(self, "fk") else None

    def _taken_outside(self, forms: list[ModelForm[Any]], fields: tuple[str, ...]) -> set[tuple[Any, ...]]:
        """Return which of the keys of `forms` are taken by rows outside the set."""
        keys = [_key(form.instance, fields) for form in forms if form.has_changed()]
        keys = [key for key in keys if None not in key]
        rows = self.model._default_manager.all()  # noqa: SLF001 - Django documents it
        if self._shared_column:
            rows = rows.filter(**{self._shared_column: self.instance.pk})
        if not keys or (self._shared_column and self.instance.pk is None):
            return set()
        wanted = reduce(or_, (models.Q(**dict(zip(fields, key, strict=True))) for key in keys))
        own = [form.instance.pk for form in self.initial_forms if form.instance.pk]
        return set(rows.filter(wanted).exclude(pk__in=own).values_list(*fields))

    def _give_up_values(self) -> None:
        """Park the rows that change or are deleted: until they are saved the id of their parent is negative.

        Foreign keys are checked at the end of the transaction, when each refers to its own parent again, or is gone.
        The record of changes still knows by it whose parts they are.
        """
        rules = unique_rules(self.model)
        if not rules:
            return
        columns = {name for fields, _message in rules for name in fields}
        leaving = self.deleted_forms
        moving = [
            form.instance.pk
            for form in self.initial_forms
            if form.instance.pk and (form in leaving or not columns.isdisjoint(_changed_columns(form)))
        ]
        if moving:
            rows = self.model._default_manager.filter(pk__in=moving)  # noqa: SLF001
            owner = owner_of(self.model)
            rows.update(**{owner: -F(owner)})


def unique_rules(model: type[models.Model]) -> list[Rule]:
    """Return the unique constraints of `model`: their columns and their error messages."""
    columns = {field.name: field.attname for field in model._meta.concrete_fields}  # noqa: SLF001
    return [
        (tuple(columns[name] for name in rule.fields), str(rule.violation_error_message))
        for rule in model._meta.constraints  # noqa: SLF001
        if isinstance(rule, models.UniqueConstraint) and rule.fields
    ]


def owner_of(model: type[models.Model]) -> str:
    """Return the foreign key column that refers to the parent row of a set."""
    fields = unique_rules(model)[0][0]
    return next(name for name in fields if name.endswith("_id"))


def _key(row: models.Model, fields: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in fields)


def _changed_columns(form: ModelForm[Any]) -> set[str]:
    about = form.instance._meta  # noqa: SLF001
    known = {field.name: field.attname for field in about.concrete_fields}
    return {known[name] for name in form.changed_data if name in known}


def _refuse(form: ModelForm[Any], fields: tuple[str, ...], message: str) -> None:
    shown = [field for field in form.fields if f"{field}_id" in fields or field in fields]
    form.add_error(shown[-1] if shown else None, message)


def _validate_row(form: ModelForm[Any]) -> None:
    """Check the constraints of one row, except unique ones."""
    exclude = form._get_validation_exclusions()  # type: ignore[attr-defined] # noqa: SLF001
    for rule in form.instance._meta.constraints:  # noqa: SLF001
        if not isinstance(rule, models.UniqueConstraint):
            try:
                rule.validate(type(form.instance), form.instance, exclude=exclude)
            except ValidationError as problem:
                form._update_errors(problem)  # type: ignore[attr-defined] # noqa: SLF001
