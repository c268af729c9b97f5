"""What a row refers to stays when its form is saved while that is in the trash: the form shows and keeps it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import ForeignKey
from django.utils.translation import gettext as _

from bandstand.content.trashed import Trashed


class KeepsTrashed(forms.ModelForm):  # type: ignore[type-arg] # it takes none at run time
    """A form whose selects offer, beside the rows that live, the one in the trash that the form's row refers to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for reference in self.instance._meta.concrete_fields:  # noqa: SLF001 - documented by Django
            if isinstance(reference, ForeignKey) and isinstance(
                self.fields.get(reference.name), forms.ModelChoiceField
            ):
                self.offer_trashed(reference.name)

    def offer_trashed(self, name: str) -> None:
        """Offer what the row has in the field `name` if it is in the trash. For whoever sets other choices, too."""
        reference: Any = self.instance._meta.get_field(name)  # noqa: SLF001 - documented by Django
        kind: Any = reference.related_model
        field: Any = self.fields[name]
        key = getattr(self.instance, reference.attname)
        if key is None or not issubclass(kind, Trashed):
            return
        if kind.in_trash().filter(pk=key).exists():
            field.queryset = _with_one_of_trash(field, kind, key)
            named = field.label_from_instance
            field.label_from_instance = lambda row: (
                _("%(name)s (in the trash)") % {"name": named(row)} if row.is_trashed else named(row)
            )


def _with_one_of_trash(field: forms.ModelChoiceField[Any], kind: Any, key: Any) -> Any:
    offered: Any = field.queryset
    living = offered.order_by().values("pk")
    rows = kind.with_trash()
    return rows.filter(pk__in=living) | rows.filter(pk=key)
