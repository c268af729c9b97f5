"""Forms that anybody may send: a field that people don't see, and the time since the form was opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LEAST_TIME = timedelta(seconds=2)  # no human reads four labels and types an address faster
MOST_TIME = timedelta(days=1)
_SALT = "bandstand.contact-form"


def new_opening() -> str:
    """Return the current time, signed."""
    return signing.dumps(timezone.now().timestamp(), salt=_SALT)


class TrappedForm(forms.Form):
    """Its page has both fields, the visible one in a `trap`; unbound forms are opened when they are made."""

    website = forms.CharField(
        required=False, label=_("Leave this blank"), widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def is_trapped(self) -> bool:
        """Whether a bot filled it in: people don't see that field."""
        return bool(self.data.get("website"))

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if the form was sent too soon or too late after opening."""
        cleaned = super().clean() or {}
        age = self._age(cleaned.get("opened", ""))
        if age is None or age > MOST_TIME:
            self.open_anew()
            raise ValidationError(_("This page has been open for a long time. Please send the form again."))
        if age < LEAST_TIME:
            raise ValidationError(_("That was very quick. Please send the form again."))
        return cleaned

    def open_anew(self) -> None:
        """Have the form that goes back to its sender begin now."""
        self.data = {**self.data.dict(), "opened": new_opening()} if isinstance(self.data, QueryDict) else {}

    def typed(self) -> dict[str, Any]:
        """Return the cleaned values of the other fields. Valid forms only."""
        return {name: value for name, value in self.cleaned_data.items() if name not in TrappedForm.base_fields}

    @staticmethod
    def _age(opened: str) -> timedelta | None:
        """Return how long ago the form was opened; None if unknown."""
        try:
            return timedelta(seconds=timezone.now().timestamp() - signing.loads(opened, salt=_SALT))
        except signing.BadSignature:
            return None
