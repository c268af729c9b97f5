"""More empty rows in a formset, for browsers without scripts: what was typed comes back, and nothing is stored."""

from __future__ import annotations

from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import QueryDict

from bandstand.content.whole_numbers import whole_number

MORE_ROWS = "more_rows"  # the button's name; its value is the formset's prefix
ROWS_MORE = 5


def with_more_rows(sent: QueryDict) -> QueryDict:
    """Return what was sent, with ROWS_MORE rows more in the formset whose button was pressed, if any."""
    field = f"{sent.get(MORE_ROWS, '')}-{TOTAL_FORM_COUNT}"
    count = whole_number(sent.get(field, ""))
    if count is None:
        return sent
    raised = sent.copy()
    raised[field] = str(count + ROWS_MORE)
    return raised
