"""The pictures of a gallery in its block's form: fields for each, named by its `uid`, as others may move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bandstand.content.form_fields import WholeNumberField
from bandstand.media.models import Picture
from bandstand.pages.kinds import MOST_PICTURES
from bandstand.pages.values import PicturesOf, uid_of_picture

_PLACE, _AWAY = "position", "away"


@dataclass(frozen=True)
class PictureRow:
    """A picture with its fields; `picture` is None where it was deleted."""

    picture: Picture | None
    fields: list[forms.BoundField]


def add_fields(form: forms.Form, name: str, value: PicturesOf, stored: list[dict[str, str]]) -> None:
    """Give the form fields for each stored picture."""
    for place, each in enumerate(stored, start=1):
        begins = _begin(name, each)
        for text, words in value.texts.items():
            field: Any = forms.CharField(max_length=words.most, required=False, initial=each[text])
            field.label, field.help_text = words.label, words.help
            form.fields[begins + text] = field
        form.fields[begins + _PLACE] = WholeNumberField(
            label=_("Position"), required=False, initial=place, min_value=1, max_value=MOST_PICTURES
        )
        form.fields[begins + _AWAY] = forms.BooleanField(label=_("Take out of the gallery"), required=False)


def rows_shown(form: forms.Form, name: str, stored: list[dict[str, str]]) -> list[PictureRow]:
    """Return the pictures as the form shows them. One query."""
    uids = [uid_of_picture(each["picture"]) for each in stored]
    pictures = {str(picture.uid): picture for picture in Picture.objects.filter(uid__in=uids)}
    fields = ([field for field in form if field.name.startswith(_begin(name, each))] for each in stored)
    return [PictureRow(pictures.get(uid), own) for uid, own in zip(uids, fields, strict=True)]


def rows_kept(form: forms.Form, name: str, value: PicturesOf, stored: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return what was made of the stored pictures, in their new order. What the sender didn't see stays as it is."""
    given: Mapping[str, Any] = form.cleaned_data
    kept = []
    for place, each in enumerate(stored, start=1):
        begins = _begin(name, each)
        if form.add_prefix(begins + _PLACE) not in form.data:
            kept.append((place, each))
        elif not given[begins + _AWAY]:
            texts = {text: given[begins + text] for text in value.texts}
            kept.append((given[begins + _PLACE] or place, {"picture": each["picture"], **texts}))
    return [each for _place, each in sorted(kept, key=lambda row: row[0])]


def _begin(name: str, each: dict[str, str]) -> str:
    return f"{name}-{uid_of_picture(each['picture'])}-"
