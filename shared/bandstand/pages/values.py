"""What the values of a block may be: one grammar for the forms, for what is stored and for what is shown.

A value that isn't of its kind is never shown, however it came into the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.functional import Promise

from bandstand.content.plain_text import clean_text
from bandstand.content.rendering import PICTURE_SCHEME
from bandstand.media.downloads import DOWNLOAD_MAX_BYTES, is_download_name

Label = str | Promise

_UID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IS_UID = re.compile(_UID)
_IS_PICTURE = re.compile(f"{PICTURE_SCHEME}{_UID}")
_IS_PATH = re.compile(r"/(?![/\\])[^\s\\<>\"]*")
ADDRESS_MAX_LENGTH = 500
_is_web_address = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of a block: what it is called, and what it may be."""

    label: Label
    help: Label = ""
    required: bool = False

    @property
    def empty(self) -> Any:
        """What stands there where nobody gave any."""
        return ""

    def accepts(self, value: Any) -> bool:
        """Whether it is a value of this kind."""
        raise NotImplementedError

    def words(self, value: Any) -> Iterator[str]:
        """Yield what people read and search of it."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class TextValue(Value):
    """Text: on one line, or with `rows`, and as Markdown."""

    most: int
    rows: int = 0
    is_markdown: bool = False

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str) and len(value) <= self.most and value == clean_text(value)

    def words(self, value: Any) -> Iterator[str]:
        yield value


@dataclass(frozen=True, kw_only=True)
class Whole(Value):
    """A whole number."""

    least: int
    most: int
    usual: int

    @property
    def empty(self) -> Any:
        return self.usual

    def accepts(self, value: Any) -> bool:
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True, kw_only=True)
class OneOf(Value):
    """One of some choices, the first of which is the usual one."""

    choices: Mapping[str, Label]

    @property
    def empty(self) -> Any:
        return next(iter(self.choices))

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.choices


@dataclass(frozen=True, kw_only=True)
class PictureOf(Value):
    """A picture of the portal, as texts name it: "picture:" and its `uid`; "" for none."""

    def accepts(self, value: Any) -> bool:
        return value == "" or (isinstance(value, str) and _IS_PICTURE.fullmatch(value) is not None)


@dataclass(frozen=True, kw_only=True)
class PicturesOf(Value):
    """Pictures in an order, each once and with its words: `picture`, as PictureOf stores it, and the texts."""

    most: int
    texts: Mapping[str, TextValue]

    @property
    def empty(self) -> Any:
        return []

    def accepts(self, value: Any) -> bool:
        if not isinstance(value, list) or len(value) > self.most or not all(map(self._accepts_one, value)):
            return False
        return len({each["picture"] for each in value}) == len(value)

    def words(self, value: Any) -> Iterator[str]:
        for each in value:
            yield from (each[name] for name in self.texts)

    def _accepts_one(self, each: Any) -> bool:
        return (
            isinstance(each, dict)
            and each.keys() == {"picture", *self.texts}
            and PictureOf(label="").accepts(each["picture"])
            and each["picture"] != ""
            and all(text.accepts(each[name]) for name, text in self.texts.items())
        )


@dataclass(frozen=True, kw_only=True)
class FileOf(Value):
    """A file of the page, by the name that it is stored under, with what visitors are told of it; {} for none."""

    @property
    def empty(self) -> Any:
        return {}

    def accepts(self, value: Any) -> bool:
        return value == {} or (
            isinstance(value, dict)
            and value.keys() == {"file", "size"}
            and is_download_name(value["file"])
            and type(value["size"]) is int
            and 0 < value["size"] <= DOWNLOAD_MAX_BYTES
        )


@dataclass(frozen=True, kw_only=True)
class RowOf(Value):
    """A row of the portal by its `uid`; "" for none. It may have been deleted since."""

    model: str

    def accepts(self, value: Any) -> bool:
        return value == "" or _is_uid(value)


@dataclass(frozen=True, kw_only=True)
class RowsOf(Value):
    """Rows of the portal by their `uid`s, in an order."""

    model: str
    most: int

    @property
    def empty(self) -> Any:
        return []

    def accepts(self, value: Any) -> bool:
        return isinstance(value, list) and len(value) <= self.most and all(map(_is_uid, value))


@dataclass(frozen=True, kw_only=True)
class LinkValue(Value):
    """Where a link leads: to a website, and unless it has to be one, by email or to a path of the portal."""

    to_website: bool = False

    def accepts(self, value: Any) -> bool:
        return value == "" or (isinstance(value, str) and is_link(value, to_website=self.to_website))


def accept(kinds: Mapping[str, Value], values: Any) -> bool:
    """Whether `values` has a value of its kind under each of the names, and nothing else."""
    return (
        isinstance(values, dict)
        and values.keys() == kinds.keys()
        and all(kind.accepts(values[name]) for name, kind in kinds.items())
    )


def words_of(kinds: Mapping[str, Value], values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what people read of accepted values."""
    for name, kind in kinds.items():
        yield from kind.words(values[name])


def is_link(text: str, *, to_website: bool = False) -> bool:
    """Whether a browser may be led there."""
    if len(text) > ADDRESS_MAX_LENGTH or (to_website and not text.startswith(("http://", "https://"))):
        return False
    if _IS_PATH.fullmatch(text):
        return True
    try:
        if text.startswith("mailto:"):
            validate_email(text.removeprefix("mailto:"))
        else:
            _is_web_address(text)
    except ValidationError:
        return False
    return True


def uid_of_picture(name: str) -> str:
    """Return the `uid` in a name that PictureOf accepted; "" for none."""
    return name.removeprefix(PICTURE_SCHEME)


def _is_uid(value: Any) -> bool:
    return isinstance(value, str) and _IS_UID.fullmatch(value) is not None
