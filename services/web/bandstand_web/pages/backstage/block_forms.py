"""Forms for the blocks of a page, made from what their kinds say of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.accounts.models import User
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.rendering import PICTURE_SCHEME
from bandstand.content.translated import Versions, read_versions
from bandstand.media.adding import UPLOAD_LIMITS, picture_add, validate_upload
from bandstand.media.downloads import download_add, download_path, download_told
from bandstand.media.models import Picture
from bandstand.pages.blocks import WIDTHS, Block, texts_of
from bandstand.pages.kinds import BlockKind
from bandstand.pages.values import (
    ADDRESS_MAX_LENGTH,
    FileOf,
    LinkValue,
    OneOf,
    PictureOf,
    PicturesOf,
    RowOf,
    RowsOf,
    TextValue,
    Value,
    Whole,
    is_link,
    uid_of_picture,
)
from bandstand_web.forms.download_field import DownloadField
from bandstand_web.forms.known_rows import KnownRowField, KnownRowsField
from bandstand_web.forms.picture_file_field import PictureFileField
from bandstand_web.forms.pictures_field import PicturesField
from bandstand_web.forms.versions import FieldsBeside
from bandstand_web.pages.backstage import picture_rows

_FILE = "_file"  # what follows the name of a value that is sent as a file
_BY_FILE = (PictureOf, PicturesOf, FileOf)
_ADD_OR_REPLACE = gettext_lazy("Choose a file to add or replace it.")


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
    PictureOf: lambda _value: PictureFileField(help_text=_ADD_OR_REPLACE),
    PicturesOf: lambda _value: PicturesField(required=False, help_text=UPLOAD_LIMITS),
    FileOf: lambda _value: DownloadField(help_text=_ADD_OR_REPLACE),
}


class BlockForm(FieldsBeside, forms.Form):
    """The values of one block, and how wide it is."""

    user: User

    def __init__(
        self, kind: BlockKind, block: Block | None, *args: Any, further_languages: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        self.kind, self.block, self.further_languages = kind, block, further_languages
        self._paths: list[str] = []  # of what was stored
        super().__init__(*args, **kwargs)
        for name, value in kind.values.items():
            self._add(name, value, self._stored(name))
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
        names = [name for name, value in self.kind.values.items() if isinstance(value, PictureOf)]
        uid = uid_of_picture(self._stored(names[0])) if names else ""
        return Picture.objects.filter(uid=uid).first() if uid else None

    @property
    def shown_file(self) -> str:
        """How large the file is that is stored, and of which kind; empty without."""
        found = self.block.values.get("file") if self.block else None
        return download_told(found["file"], found["size"]) if found else ""

    @property
    def picture_rows(self) -> list[picture_rows.PictureRow]:
        """The pictures of a gallery with their fields."""
        galleries = [name for name, value in self.kind.values.items() if isinstance(value, PicturesOf)]
        return [row for name in galleries for row in picture_rows.rows_shown(self, name, self._stored(name))]

    def get_context(self) -> dict[str, Any]:
        """Leave out the fields of pictures in a gallery, which stand beside their pictures."""
        context = super().get_context()
        return {**context, "fields": [each for each in context["fields"] if "-" not in each[0].name]}

    @property
    def has_new_pictures(self) -> bool:
        """Whether a gallery got pictures, whose descriptions are asked for next."""
        names = (name for name, value in self.kind.values.items() if isinstance(value, PicturesOf))
        return any(self.cleaned_data[name + _FILE] for name in names)

    def clean(self) -> dict[str, Any]:
        """Ask for a picture or a file where there is none yet, and count."""
        given = super().clean() or self.cleaned_data
        for name, value in self.kind.values.items():
            sent = given.get(name + _FILE)
            if value.required and isinstance(value, _BY_FILE) and not sent and not self._stored(name):
                self._refuse(name, _("Choose a picture.") if isinstance(value, PictureOf) else _("Choose a file."))
            if isinstance(value, RowsOf) and len(given.get(name) or ()) > value.most:
                self.add_error(name, _("Choose up to %(limit)d.") % {"limit": value.most})
            if isinstance(value, PicturesOf) and not self.errors:
                self._check_pictures(name, value, sent)
        return given

    def made(self) -> Block:
        """Return the block with what was filled in; pictures and files that were sent are stored."""
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

    def discard(self) -> None:
        """Delete what `made()` stored, of a block that has no room."""
        for path in self._paths:
            default_storage.delete(path)

    def _add(self, name: str, value: Value, stored: Any) -> None:
        field: Any = next(make for kind, make in _FIELDS.items() if isinstance(value, kind))(value)
        field.label = value.label
        if isinstance(value, PicturesOf):
            picture_rows.add_fields(self, name, value, stored)
            field.label = gettext_lazy("Add pictures")
        if isinstance(value, _BY_FILE):
            field.one_of = value.required or isinstance(value, PicturesOf)  # it isn't optional where nothing is stored
            name += _FILE
        else:
            field.required = value.required or isinstance(value, (Whole, OneOf))
            field.help_text = value.help
            field.initial = _initial(value, stored)
        self.fields[name] = field

    def _value(self, name: str, value: Value) -> Any:
        if isinstance(value, _BY_FILE):
            return self._by_file(name, value, self.cleaned_data.get(name + _FILE))
        given = self.cleaned_data[name]
        if isinstance(value, RowOf):
            return str(given.uid) if given else ""
        return [str(row.uid) for row in given] if isinstance(value, RowsOf) else given

    def _by_file(self, name: str, value: Value, sent: Any) -> Any:
        if isinstance(value, PicturesOf):
            new = [{"picture": self._picture(file), **dict.fromkeys(value.texts, "")} for file in sent]
            return picture_rows.rows_kept(self, name, value, self._stored(name)) + new
        if not sent:
            return self._stored(name)
        if isinstance(value, PictureOf):
            return self._picture(sent, alt=self.cleaned_data.get("alt", ""), credit=self.cleaned_data.get("credit", ""))
        added = download_add(sent)
        self._paths.append(download_path(added))
        return {"file": added, "size": sent.size}

    def _picture(self, file: Any, **words: str) -> str:
        picture = picture_add(file=file, uploaded_by=self.user, **words)
        self._paths.append(picture.original)
        return f"{PICTURE_SCHEME}{picture.uid}"

    def _check_pictures(self, name: str, value: PicturesOf, sent: Any) -> None:
        for file in sent:
            try:
                validate_upload(file)
            except ValidationError as problem:
                self._refuse(name, ValidationError(f"{file.name}: {' '.join(problem.messages)}"))
        count = len(sent) + len(picture_rows.rows_kept(self, name, value, self._stored(name)))
        if count > value.most:
            self._refuse(name, _("Choose up to %(limit)d.") % {"limit": value.most})
        elif not count:
            self._refuse(name, _("Choose a picture."))

    def _refuse(self, name: str, problem: Any) -> None:
        if name + _FILE not in self.errors:
            self.add_error(name + _FILE, problem)

    def _stored(self, name: str) -> Any:
        return self.block.values[name] if self.block else self.kind.values[name].empty


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
