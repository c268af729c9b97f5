"""The blocks of a page, as they are stored: a list in one JSON column.

Reading never fails: what isn't a block of a known kind with accepted values is kept as it is, and shown to nobody.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.rendering import plain_text
from bandstand.content.translated import Versions, read_versions
from bandstand.pages.kinds import KINDS, BlockKind
from bandstand.pages.values import TextValue, accept, words_of

MOST_BLOCKS = 200
MOST_BYTES = 256 * 1024
MOST_DEPTH = 8  # of what a later release may have stored; ours is five deep
WIDTHS = {"": _("Full width"), "half": _("Half"), "third": _("A third")}
TOO_MANY = _("A page can have %(limit)d blocks.")
TOO_LARGE = _("This page is too long. Move some of it to another page.")
_EXCERPT = 160  # characters
_ID = re.compile("[0-9a-z]{4,32}")
_KNOWN_KEYS = frozenset({"id", "kind", "version", "values", "width", "is_hidden", "translations"})


@dataclass(frozen=True)
class Block:
    """One block with values that its kind accepts; or one that this release only keeps, with `kept`."""

    id: str
    kind: BlockKind | None
    values: dict[str, Any] = field(default_factory=dict)
    width: str = ""
    is_hidden: bool = False
    kept: Any = None  # as it is stored, where it isn't understood
    translations: Versions = field(default_factory=dict)  # what its texts say in other languages

    @property
    def is_shown(self) -> bool:
        """Whether visitors see it."""
        return self.kind is not None and not self.is_hidden

    @property
    def words(self) -> list[str]:
        """What people read in it, without the marks of Markdown."""
        if self.kind is None:
            return []
        found = []
        for name, value in self.kind.values.items():
            is_markdown = isinstance(value, TextValue) and value.is_markdown
            texts = words_of({name: value}, self.values)
            found += [plain_text(text) if is_markdown else text for text in texts]
        return [text for text in found if text]

    def in_language(self, code: str) -> Block:
        """Return it as it speaks another language, as far as its texts have versions."""
        versions = self.translations.get(code, {})
        return replace(self, values={**self.values, **versions}) if versions else self

    def says(self, code: str) -> bool:
        """Whether its first text has a version in this language, or it has no texts."""
        names = [name for name in texts_of(self.kind) if self.values[name]]
        return not names or names[0] in self.translations.get(code, {})

    @property
    def excerpt(self) -> str:
        """The beginning of what people read in it."""
        said = " · ".join(self.words)
        return said if len(said) <= _EXCERPT else said[:_EXCERPT].rsplit(" ", 1)[0] + "…"

    @property
    def width_name(self) -> Any:
        """How wide it is, in words."""
        return WIDTHS[self.width]

    def stored(self) -> Any:
        """Return it as JSON."""
        if self.kind is None:
            return self.kept
        return {
            "id": self.id,
            "kind": self.kind.name,
            "version": self.kind.version,
            "values": self.values,
            "width": self.width,
            "is_hidden": self.is_hidden,
            **({"translations": self.translations} if self.translations else {}),
        }

    def shown_or_hidden(self, *, is_hidden: bool) -> Block:
        """Return it shown to visitors, or hidden from them."""
        kept = {**self.kept, "is_hidden": is_hidden} if isinstance(self.kept, dict) else self.kept
        return replace(self, is_hidden=is_hidden, kept=kept)

    def twin(self) -> Block:
        """Return a copy with an id of its own."""
        number = new_id()
        return replace(self, id=number, kept={**self.kept, "id": number} if isinstance(self.kept, dict) else self.kept)


def new_id() -> str:
    """Return an id that no other block of a page has."""
    return secrets.token_hex(5)


def read_blocks(stored: Any) -> list[Block]:
    """Return the blocks of what a column holds. What isn't even a list is none."""
    return [_read(raw) for raw in stored] if isinstance(stored, list) else []


def stored_blocks(blocks: Iterable[Block]) -> list[Any]:
    """Return blocks as JSON."""
    return [block.stored() for block in blocks]


def words_in(blocks: Iterable[Block]) -> str:
    """Return what people find the page by: all that visitors read."""
    return " ".join(word for block in blocks if block.is_shown for word in block.words)


def words_by_language(blocks: Sequence[Block]) -> dict[str, str]:
    """Return what visitors read in each language that has versions of some of it."""
    codes = sorted({code for block in blocks for code in block.translations})
    return {code: words_in(block.in_language(code) for block in blocks) for code in codes}


def texts_of(kind: BlockKind | None) -> list[str]:
    """Return the names of a kind's values that are texts, which may have versions in other languages."""
    return [name for name, value in kind.values.items() if isinstance(value, TextValue)] if kind else []


def validate_blocks(stored: Any) -> None:
    """Raise ValidationError for what no page may have. Blocks of later releases may be anything within the bounds."""
    if not isinstance(stored, list) or not all(map(_has_place, stored)):
        raise ValidationError(_("These aren't blocks of a page."), code="invalid")
    if len(stored) > MOST_BLOCKS:
        raise ValidationError(TOO_MANY, code="count", params={"limit": MOST_BLOCKS})
    if len({each["id"] for each in stored}) < len(stored):
        raise ValidationError(_("These aren't blocks of a page."), code="invalid")
    if _depth(stored) > MOST_DEPTH or size_of(stored) > MOST_BYTES:
        raise ValidationError(TOO_LARGE, code="size")
    for raw, block in zip(stored, read_blocks(stored), strict=True):
        kind = KINDS.get(raw["kind"])
        if kind is not None and raw.get("version") == kind.version and block.kind is None:
            raise ValidationError(_("These aren't blocks of a page."), code="invalid")


def size_of(stored: Any) -> int:
    """Return how many bytes PostgreSQL counts for it, or slightly more."""
    return len(json.dumps(stored, ensure_ascii=False).encode("utf-8", "replace"))


class BlocksField(models.JSONField):
    """The blocks of a page."""

    default_validators = [validate_blocks]

    def told(self, value: Any) -> str:
        """Return in words what is in it, for the history."""
        return " · ".join(_lines(read_blocks(value)))


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        title = block.kind.title if block.kind else _("Unknown block")
        hidden = f" ({_('hidden')})" if block.is_hidden else ""
        versions = (f"[{code}] {' '.join(block.in_language(code).words)}" for code in sorted(block.translations))
        said = " ".join([*block.words, *versions])
        yield f"{title}{hidden}: {said}" if said else f"{title}{hidden}"


def _read(raw: Any) -> Block:
    if not _has_place(raw):
        return Block("", None, kept=raw)
    kind = KINDS.get(raw["kind"])
    kept = Block(raw["id"], None, is_hidden=raw.get("is_hidden") is True, kept=raw)
    version = raw.get("version")
    if kind is None or type(version) is not int or not 1 <= version <= kind.version or not raw.keys() <= _KNOWN_KEYS:
        return kept
    values = _upgraded(kind, version, raw.get("values"))
    width = raw.get("width", "")
    if not accept(kind.values, values) or not isinstance(width, str) or width not in WIDTHS:
        return kept
    translations = raw.get("translations", {})
    if read_versions(translations) != translations or not all(_are_texts(kind, each) for each in translations.values()):
        return kept
    return Block(raw["id"], kind, values, width, raw.get("is_hidden") is True, translations=translations)


def _are_texts(kind: BlockKind, versions: dict[str, str]) -> bool:
    names = set(texts_of(kind))
    return all(name in names and kind.values[name].accepts(text) for name, text in versions.items())


def _upgraded(kind: BlockKind, version: int, values: Any) -> Any:
    for step in range(version, kind.version):
        if not isinstance(values, dict):
            return None
        values = kind.upgrades[step](dict(values))
    return values


def _has_place(raw: Any) -> bool:
    """Whether it is at least something that can be told apart, moved and deleted."""
    if not isinstance(raw, dict):
        return False
    number, kind = raw.get("id"), raw.get("kind")
    return isinstance(number, str) and _ID.fullmatch(number) is not None and isinstance(kind, str) and bool(kind)


def _depth(value: Any) -> int:
    """Return how deep a value of JSON is nested, as far as it matters."""
    level, deep = [value], 0
    while level and deep <= MOST_DEPTH + 1:
        deep += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return deep
