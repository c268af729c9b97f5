"""A file that visitors may download."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy

from bandstand.media.downloads import DOWNLOAD_ACCEPT, DOWNLOAD_LIMITS, validate_download


class DownloadField(forms.FileField):
    """An optional file to offer; `help_text` is followed by the limits."""

    def __init__(self, *, help_text: Any, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            help_text=format_lazy("{} {}", help_text, DOWNLOAD_LIMITS),
            widget=forms.FileInput(attrs={"accept": DOWNLOAD_ACCEPT}),
            validators=[validate_download],
            **kwargs,
        )
