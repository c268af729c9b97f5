"""Fields that several of the backstage's forms have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.bands.naming import join_names, named_rows, split_names
from bandstand.media.adding import validate_upload

NAME_MAX_LENGTH = 60
PICTURES_AT_ONCE = 12
PICTURE_TYPES = "image/jpeg,image/png,image/webp,image/avif,image/gif"


class NamesField(forms.CharField):
    """Names in one line, separated by commas: of rows that are made where they are missing.

    `model` has a unique `name`. The cleaned value is a list of names; `rows()` makes rows of it.
    """

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        self.model = model
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("Separate them with commas."))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Return the list of names. Raises ValidationError for one that is too long."""
        names = split_names(super().clean(value))
        for name in names:
            if len(name) > NAME_MAX_LENGTH:
                raise forms.ValidationError(
                    _("“%(name)s” is too long: use up to %(limit)d characters a name."),
                    params={"name": name, "limit": NAME_MAX_LENGTH},
                )
        return names

    def prepare_value(self, value: Any) -> Any:
        """Show rows and lists of names as one line."""
        return value if isinstance(value, str) or value is None else join_names(list(value))

    def rows(self, names: list[str]) -> list[models.Model]:
        """Return the rows of these names."""
        return named_rows(self.model, names)


class PicturesInput(forms.FileInput):
    """A file input that takes several pictures."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """One or several pictures; the cleaned value is a list of files whose size and first bytes were looked at."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", PicturesInput(attrs={"accept": PICTURE_TYPES, "multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files. Raises ValidationError with a sentence per refused file."""
        files: list[UploadedFile[Any]] = [super(PicturesField, self).clean(item, initial) for item in data or [None]]
        if len(files) > PICTURES_AT_ONCE:
            raise forms.ValidationError(
                _("Please choose up to %(limit)d pictures at a time."), params={"limit": PICTURES_AT_ONCE}
            )
        problems = []
        for file in files:
            try:
                validate_upload(file)
            except forms.ValidationError as problem:
                problems += [f"{file.name}: {text}" for text in problem.messages]
        if problems:
            raise forms.ValidationError(problems)
        return files
