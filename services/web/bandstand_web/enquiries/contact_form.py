"""The contact form of a band, and its defences against bots.

It is part of a cached page, so it is rendered without a CSRF token and without the time at which it was opened.
`contact-form.js` fetches both when a visitor starts to fill it in. Without scripts it is sent without them and comes
back with both, filled in, to be sent again.
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

LEAST_TIME = timedelta(seconds=2)  # no human reads four labels and types an address faster
MOST_TIME = timedelta(days=1)
_SALT = "bandstand.contact-form"


def new_opening() -> str:
    """Return the current time, signed."""
    return signing.dumps(timezone.now().timestamp(), salt=_SALT)


class ContactForm(forms.Form):
    """A message to a band. Two traps for bots: a hidden field, and the time since the form was opened."""

    sender_name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    sender_email = forms.EmailField(label=_("Your email address"), widget=forms.EmailInput({"autocomplete": "email"}))
    subject = forms.CharField(label=_("Subject"), max_length=100)
    message = forms.CharField(label=_("Message"), max_length=MESSAGE_MAX_LENGTH, widget=forms.Textarea({"rows": 6}))
    cc_myself = forms.BooleanField(label=_("Email me a confirmation"), required=False)
    website = forms.CharField(
        required=False, label=_("Leave this blank"), widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_proven: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "contact_%s", **kwargs})
        self.is_proven = is_proven

    @property
    def is_trapped(self) -> bool:
        """Whether a bot filled it in: people don't see that field."""
        return bool(self.data.get("website"))

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if the form was sent too soon or too late after opening, or failed the CSRF check."""
        cleaned = super().clean() or {}
        if not self.is_proven:
            self._open_anew()
            raise ValidationError(_("Please send your message once more. Without JavaScript we ask twice."))
        age = self._age(cleaned.get("opened", ""))
        if age is None or age > MOST_TIME:
            self._open_anew()
            raise ValidationError(_("This page has been open for a long time. Please send your message again."))
        if age < LEAST_TIME:
            raise ValidationError(_("That was very quick. Please send your message again."))
        return cleaned

    def message_fields(self) -> dict[str, Any]:
        """Return the arguments for `enquiry_submit`. Valid forms only."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"website", "opened"}}

    @staticmethod
    def _age(opened: str) -> timedelta | None:
        """Return how long ago the form was opened; None if unknown."""
        try:
            return timedelta(seconds=timezone.now().timestamp() - signing.loads(opened, salt=_SALT))
        except signing.BadSignature:
            return None

    def _open_anew(self) -> None:
        self.data = {**self.data.dict(), "opened": new_opening()} if isinstance(self.data, QueryDict) else {}
