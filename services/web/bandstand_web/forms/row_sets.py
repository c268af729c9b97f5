"""Rows of a formset: more of them where there are no scripts, and fields of a row that are folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.forms import BoundField
from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import QueryDict
from django.utils.functional import Promise

from bandstand.content.whole_numbers import whole_number

MORE_ROWS = "more_rows"  # the button's name; its value is the formset's prefix
ROWS_MORE = 5


def with_more_rows(sent: QueryDict) -> QueryDict:
    """Return what was sent, with ROWS_MORE rows more in the formset whose button was pressed, if any.

    What was typed comes back with them, and nothing is stored.
    """
    field = f"{sent.get(MORE_ROWS, '')}-{TOTAL_FORM_COUNT}"
    count = whole_number(sent.get(field, ""))
    if count is None:
        return sent
    raised = sent.copy()
    raised[field] = str(count + ROWS_MORE)
    return raised


class FoldedFields:
    """Mixed into the form of a row: fields that few rows need, below a line that says what is in them.

    components/formset_row.html shows them where the first of them stands; row-sets.js keeps the line true while typing.
    """

    folded: ClassVar[tuple[str, ...]]  # names of fields next to each other
    folded_name: ClassVar[Promise]  # what the line says while they are empty

    if TYPE_CHECKING:  # of the form

        def __getitem__(self, name: str) -> BoundField: ...

        fields: dict[str, Any]

    @property
    def folded_fields(self) -> list[BoundField]:
        """The fields, but for those that the form was made without."""
        return [self[name] for name in self.folded if name in self.fields]

    @property
    def is_unfolded(self) -> bool:
        """Whether one of them has to be seen at once."""
        return any(field.errors for field in self.folded_fields)

    @property
    def folded_words(self) -> list[str]:
        """What is in them, field by field. The first choice of a select is the usual one, and isn't told."""
        return [word for field in self.folded_fields if (word := _told(field))]


def _told(field: BoundField) -> str:
    value = str(field.value() if field.value() is not None else "").strip()
    choices = [(str(key), str(text)) for key, text in getattr(field.field, "choices", ())]
    if choices:
        return "" if value == choices[0][0] else dict(choices).get(value, "")
    is_number = field.widget_type == "number"
    return f"{field.label} {value}" if value and is_number else value
