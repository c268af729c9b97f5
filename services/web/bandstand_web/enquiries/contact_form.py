"""The contact form of a band, and its defences against bots.

It is part of a cached page, so it is rendered without a CSRF token and without the time at which it was opened.
`contact-form.js` fetches both when a visitor starts to fill it in. Without scripts it is sent without them and comes
back with both, filled in, to be sent again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bandstand.enquiries.models import MESSAGE_MAX_LENGTH
from bandstand_web.forms.bot_traps import TrappedForm


class ContactForm(TrappedForm):
    """A message to a band."""

    sender_name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    sender_email = forms.EmailField(label=_("Your email address"), widget=forms.EmailInput({"autocomplete": "email"}))
    subject = forms.CharField(label=_("Subject"), max_length=100)
    message = forms.CharField(label=_("Message"), max_length=MESSAGE_MAX_LENGTH, widget=forms.Textarea({"rows": 6}))
    cc_myself = forms.BooleanField(label=_("Email me a confirmation"), required=False)

    def __init__(self, *args: Any, is_proven: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "contact_%s", **kwargs})
        self.is_proven = is_proven

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError if the form failed the CSRF check, or a trap."""
        if not self.is_proven:
            self.open_anew()
            raise ValidationError(_("Please send your message once more. Without JavaScript we ask twice."))
        return super().clean()
