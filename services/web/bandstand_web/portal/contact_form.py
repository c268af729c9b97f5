"""The form by which a visitor writes to a band, and what it does against machines.

It stands on a page that is the same for everybody, so it comes without a token against forgery and without the time of
its opening. `contact-form.js` fetches both when somebody begins to fill it in. Who has no scripts sends it as it is and
gets it back with both, filled in, to send once more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.enquiries.models import MESSAGE_MAX_LENGTH

LEAST_TIME = timedelta(seconds=2)  # nobody reads four labels and types an address in less
MOST_TIME = timedelta(days=1)
_SALT = "bandstand.contact-form"


def new_opening() -> str:
    """Return the signed time of now."""
    return signing.dumps(timezone.now().timestamp(), salt=_SALT)


class ContactForm(forms.Form):
    """A message to a band. Two traps: a field that people don't see, and the time since the form was opened."""

    sender_name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    sender_email = forms.EmailField(label=_("Your e-mail address"), widget=forms.EmailInput({"autocomplete": "email"}))
    subject = forms.CharField(label=_("Subject"), max_length=100)
    message = forms.CharField(label=_("Message"), max_length=MESSAGE_MAX_LENGTH, widget=forms.Textarea({"rows": 6}))
    cc_myself = forms.BooleanField(label=_("Email me a confirmation"), required=False)
    website = forms.CharField(
        required=False, label=_("Leave this empty"), widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_proven: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "contact_%s", **kwargs})
        self.is_proven = is_proven

    @property
    def is_trapped(self) -> bool:
        """Whether a machine filled it in: people don't see that field."""
        return bool(self.data.get("website"))

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError where the form was sent too soon or too long after it was opened, or isn't proven."""
        cleaned = super().clean() or {}
        if not self.is_proven:
            self._open_anew()
            raise ValidationError(_("One more click, please: send your message again. Without scripts we ask twice."))
        age = self._age(cleaned.get("opened", ""))
        if age is None or age > MOST_TIME:
            self._open_anew()
            raise ValidationError(_("This page has been open for long. Please send your message again."))
        if age < LEAST_TIME:
            raise ValidationError(_("That was very quick. Please send your message again."))
        return cleaned

    def message_fields(self) -> dict[str, Any]:
        """Return what `enquiry_submit` takes of it. Valid forms only."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"website", "opened"}}

    @staticmethod
    def _age(opened: str) -> timedelta | None:
        """How long ago the form was opened; None where that can't be told."""
        try:
            return timedelta(seconds=timezone.now().timestamp() - signing.loads(opened, salt=_SALT))
        except signing.BadSignature:
            return None

    def _open_anew(self) -> None:
        self.data = {**self.data.dict(), "opened": new_opening()} if isinstance(self.data, QueryDict) else {}
