"""A form field for several pictures at a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bandstand.media.storage import ACCEPT

PICTURES_AT_ONCE = 12


class PicturesInput(forms.FileInput):
    """A file input that accepts several pictures."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """One or more files, as a list. Each is validated when it is stored, not here."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", PicturesInput(attrs={"accept": ACCEPT, "multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files. Raises ValidationError if there are too many, or none where some are required."""
        files = list(data or ())
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > PICTURES_AT_ONCE:
            raise forms.ValidationError(
                _("Choose up to %(limit)d pictures at a time."), params={"limit": PICTURES_AT_ONCE}
            )
        return files
