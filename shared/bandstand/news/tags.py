"""Tags as people type them: a line of words between commas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bandstand.content.values import join_names, split_names

TAG_MAX_LENGTH = 40
MOST_TAGS = 10


def read_tags(text: str) -> list[str]:
    """Return the tags in lowercase, each once. Raises ValidationError if one is too long, or if they are too many."""
    tags = [name.lower() for name in split_names(text)]
    if len(tags) > MOST_TAGS:
        raise ValidationError(_("Enter up to %(most)d tags.") % {"most": MOST_TAGS})
    if any(len(tag) > TAG_MAX_LENGTH for tag in tags):
        raise ValidationError(_("A tag can have %(most)d characters at most.") % {"most": TAG_MAX_LENGTH})
    return tags


class TagsField(forms.CharField):
    """Tags of a row."""

    def prepare_value(self, value: Any) -> Any:
        return join_names(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the list of tags. Raises ValidationError."""
        return read_tags(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(list(initial or ()) != self.to_python(data))
        except ValidationError:
            return True
