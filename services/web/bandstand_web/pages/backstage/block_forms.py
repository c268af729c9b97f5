"""Forms for the blocks of a page, made from what their kinds say of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.accounts.models import User
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.rendering import PICTURE_SCHEME
from bandstand.content.translated import Versions, read_versions
from bandstand.media.adding import picture_add
from bandstand.media.models import Picture
from bandstand.pages.blocks import WIDTHS, Block, texts_of
from bandstand.pages.kinds import BlockKind
from bandstand.pages.values import (
    ADDRESS_MAX_LENGTH,
    LinkValue,
    OneOf,
    PictureOf,
    RowOf,
    RowsOf,
    TextValue,
    Value,
    Whole,
    is_link,
    uid_of_picture,
)
from bandstand_web.forms.known_rows import KnownRowField, KnownRowsField
from bandstand_web.forms.picture_file_field import PictureFileField
from bandstand_web.forms.versions import FieldsBeside

_FILE = "_file"  # what follows the name of a picture whose file is sent


def _validate_link(text: str) -> None:
    if not is_link(text):
        text = _("Enter an address with https://, an email address after “mailto:”, or a path such as /gigs/.")
        raise ValidationError(text)


def _validate_website(text: str) -> None:
    if not is_link(text, to_website=True):
        raise ValidationError(_("A link starts with https:// or http://."))


def _rows(model: str) -> Any:
    return apps.get_model(model)._default_manager.order_by("name", "pk")  # noqa: SLF001 # documented


def _words(value: TextValue) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": value.rows}) if value.rows else forms.TextInput()
    return forms.CharField(max_length=value.most, widget=widget)


_FIELDS: Mapping[type[Value], Callable[[Any], forms.Field]] = {
    TextValue: _words,
    Whole: lambda value: WholeNumberField(min_value=value.least, max_value=value.most),
    OneOf: lambda value: forms.ChoiceField(choices=list(value.choices.items())),
    LinkValue: lambda value: forms.CharField(
        max_length=ADDRESS_MAX_LENGTH, validators=[_validate_website if value.to_website else _validate_link]
    ),
    RowOf: lambda value: KnownRowField(_rows(value.model)),
    RowsOf: lambda value: KnownRowsField(_rows(value.model)),
    PictureOf: lambda _value: PictureFileField(help_text=gettext_lazy("Choose a file to add or replace it.")),
}


class BlockForm(FieldsBeside, forms.Form):
    """The values of one block, and how wide it is."""

    user: User

    def __init__(
        self, kind: BlockKind, block: Block | None, *args: Any, further_languages: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        self.kind, self.block, self.further_languages = kind, block, further_languages
        super().__init__(*args, **kwargs)
        values = block.values if block else kind.empty
        for name, value in kind.values.items():
            self._add(name, value, values[name])
        versions = block.translations if block else {}
        self.add_versions(
            {name: {code: texts[name] for code, texts in versions.items() if name in texts} for name in texts_of(kind)}
        )
        self.fields["width"] = forms.ChoiceField(
            label=gettext_lazy("Width"),
            choices=list(WIDTHS.items()),
            required=False,
            initial=block.width if block else "",
            help_text=gettext_lazy("Narrow blocks that follow each other stand side by side on wide screens."),
        )

    @property
    def shown_picture(self) -> Picture | None:
        """The picture that is stored."""
        uid = uid_of_picture(self.block.values.get("picture", "")) if self.block else ""
        return Picture.objects.filter(uid=uid).first() if uid else None

    def clean(self) -> dict[str, Any]:
        """Ask for a picture where there is none yet."""
        given = super().clean() or self.cleaned_data
        for name, value in self.kind.values.items():
            is_missing = not given.get(name + _FILE) and not self._stored(name)
            if isinstance(value, PictureOf) and value.required and is_missing and name + _FILE not in self.errors:
                self.add_error(name + _FILE, _("Choose a picture."))
            if isinstance(value, RowsOf) and len(given.get(name) or ()) > value.most:
                self.add_error(name, _("Choose up to %(limit)d.") % {"limit": value.most})
        return given

    def made(self) -> Block:
        """Return the block with what was filled in; a picture that was sent is stored."""
        values = {name: self._value(name, value) for name, value in self.kind.values.items()}
        before = self.block or Block("", self.kind)
        width, translations = self.cleaned_data["width"], self._versions(before)
        return Block(before.id, self.kind, values, width, before.is_hidden, translations=translations)

    def _versions(self, before: Block) -> Versions:
        """Return what the texts say in other languages; in those that the portal has no more, what they said."""
        versions = {code: dict(texts) for code, texts in before.translations.items()}
        for name in texts_of(self.kind):
            for code, text in self.sent_versions(name).items():
                versions.setdefault(code, {})[name] = text
        return read_versions({code: texts for code, texts in versions.items() if any(texts.values())})

    def _add(self, name: str, value: Value, stored: Any) -> None:
        field: Any = next(make for kind, make in _FIELDS.items() if isinstance(value, kind))(value)
        field.label = value.label
        if isinstance(value, PictureOf):
            name += _FILE
        else:
            field.required = value.required or isinstance(value, (Whole, OneOf))
            field.help_text = value.help
            field.initial = _initial(value, stored)
        self.fields[name] = field

    def _value(self, name: str, value: Value) -> Any:
        if isinstance(value, PictureOf):
            file = self.cleaned_data.get(name + _FILE)
            if not file:
                return self._stored(name)
            picture = picture_add(
                file=file,
                uploaded_by=self.user,
                alt=self.cleaned_data.get("alt", ""),
                credit=self.cleaned_data.get("credit", ""),
            )
            return f"{PICTURE_SCHEME}{picture.uid}"
        given = self.cleaned_data[name]
        if isinstance(value, RowOf):
            return str(given.uid) if given else ""
        return [str(row.uid) for row in given] if isinstance(value, RowsOf) else given

    def _stored(self, name: str) -> Any:
        return self.block.values[name] if self.block else ""


def _initial(value: Value, stored: Any) -> Any:
    """Return what a field shows of a stored value: rows by their keys."""
    if isinstance(value, RowOf):
        return next(iter(_keys(value.model, [stored] if stored else [])), None)
    return _keys(value.model, stored) if isinstance(value, RowsOf) else stored


def _keys(model: str, uids: list[str]) -> list[Any]:
    if not uids:
        return []
    found = {str(uid): pk for uid, pk in _rows(model).filter(uid__in=uids).values_list("uid", "pk")}
    return [found[uid] for uid in uids if uid in found]
