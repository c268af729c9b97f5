"""A file that becomes a picture."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy

from bandstand.media.adding import UPLOAD_LIMITS, validate_upload
from bandstand.media.storage import ACCEPT


class PictureFileField(forms.FileField):
    """An optional file that the worker can make a picture of; `help_text` is followed by the limits."""

    def __init__(self, *, help_text: Any, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            help_text=format_lazy("{} {}", help_text, UPLOAD_LIMITS),
            widget=forms.FileInput(attrs={"accept": ACCEPT}),
            validators=[validate_upload],
            **kwargs,
        )
