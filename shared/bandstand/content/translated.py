"""Content whose texts may have a version per language of the portal, in one JSON column a row.

`{"de": {"name": "…", "text": "…"}}`: by language and field. The fields themselves hold the main language's texts, so
whoever knows nothing of languages reads those. Rows that are read for a page in another language say what they have in
it, and the rest in their own; see `language_of()`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.fields import BoundsConstraint
from bandstand.content.plain_text import clean_text
from bandstand.content.shown_language import shown_language
from bandstand.content.sparse import Sparse

COLUMN = "translations"
MOST_BYTES = 1024 * 1024  # a post of the greatest length in every language fits
NOT_VERSIONS = gettext_lazy("These aren't texts by language.")

Versions = dict[str, dict[str, str]]


def read_versions(stored: Any) -> Versions:
    """Return the texts by language and field; whatever isn't one is left out."""
    if not isinstance(stored, Mapping):
        return {}
    return {
        language: {name: text for name, text in texts.items() if isinstance(text, str) and text}
        for language, texts in stored.items()
        if isinstance(texts, Mapping)
    }


class TranslationsField(models.JSONField):
    """The versions of a row's texts. What a field itself refuses is refused here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = {"default": dict, "db_default": models.Value({}, models.JSONField()), "blank": True, "editable": False}
        super().__init__(*args, **{**given, **kwargs})

    def deconstruct(self) -> Any:
        """Describe it to migrations as the plain field that it is to the database."""
        name, _path, arguments, given = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, given

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if read_versions(value) != value or not value.keys() <= dict(settings.LANGUAGES).keys():
            raise ValidationError(NOT_VERSIONS, code="invalid")
        for language, texts in value.items():
            for name, text in texts.items():
                validate_version(type(model_instance), name, language, text)

    def told(self, value: Any) -> str:
        """Return in words what is in it, for the history."""
        said = (
            f"{version_label(self.model, name, language)}: {text}"
            for language, texts in sorted(read_versions(value).items())
            for name, text in sorted(texts.items())
            if name in getattr(self.model, "translated_fields", ()) and _is_written(self.model, name)
        )
        return " · ".join(said)


def validate_version(model: Any, name: str, language: str, text: str) -> None:
    """Raise ValidationError for a text that the field `name` couldn't hold."""
    if name not in model.translated_fields or clean_text(text) != text:
        raise ValidationError(NOT_VERSIONS, code="invalid")
    field = model._meta.get_field(name)  # noqa: SLF001 # documented by Django
    label = version_label(model, name, language)
    if field.max_length and len(text) > field.max_length:  # of long texts Django checks it in forms alone
        problem = _("%(what)s: at most %(limit)d characters.") % {"what": label, "limit": field.max_length}
        raise ValidationError(problem, code="max_length")
    try:
        field.run_validators(text)
    except ValidationError as problem:
        raise ValidationError([f"{label}: {message}" for message in problem.messages]) from problem


def name_for_version(name: str, language: str) -> str:
    """Return what a version is called in forms and spreadsheets: "name:de"."""
    return f"{name}:{language}"


def name_of_version(name: str) -> str:
    """Return the field that "name:de" is a version of; others as they are."""
    return name.partition(":")[0]


def _is_written(model: Any, name: str) -> bool:
    """Whether people write it: some texts follow from others."""
    return bool(model._meta.get_field(name).editable)  # noqa: SLF001 # documented by Django


def version_label(model: Any, name: str, language: str) -> str:
    """Return what people call a version: "Name (German)"."""
    return label_in(model._meta.get_field(name).verbose_name, language)  # noqa: SLF001 # documented by Django


def label_in(label: Any, language: str) -> str:
    """Return a text's label with a language: "Name (German)"."""
    spoken = str(dict(settings.LANGUAGES).get(language, language))
    return _("%(field)s (%(language)s)") % {"field": capfirst(str(label)), "language": spoken}


class Translated(Sparse):
    """A row with texts in several languages. Its Meta has `translations_in_bounds()` among the constraints."""

    # The fields that may have versions: texts with a greatest length.
    translated_fields: ClassVar[tuple[str, ...]]

    translations = TranslationsField(gettext_lazy("other languages"))

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:  # type: ignore[override] # as Sparse
        """Return the row, in the language that is shown."""
        row = super().from_db(db, field_names, values)
        if language := shown_language():
            row.show_in(language)
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store. Raises ValueError for a row that shows another language: its own texts would be lost."""
        if "_shown_in" in self.__dict__:
            raise ValueError("This row shows another language than its own.")
        super().save(*args, **kwargs)

    def show_in(self, language: str) -> None:
        """Say in `language` whatever has been read of the row and has a version in it."""
        held = self.__dict__
        texts = read_versions(held.get(COLUMN)).get(language, {})
        shown = {name: text for name, text in texts.items() if name in self.translated_fields and name in held}
        held.update(shown, _shown_in=language, _versions=frozenset(shown))

    @property
    def own_language(self) -> str:
        """The language of the texts that aren't versions."""
        raise NotImplementedError

    def language_of(self, name: str) -> str:
        """Return the language of what the field `name` says now."""
        held = self.__dict__
        return str(held["_shown_in"]) if name in held.get("_versions", ()) else self.own_language

    def versions_of(self, name: str) -> dict[str, str]:
        """Return the versions of the field `name` by language."""
        return {code: texts[name] for code, texts in read_versions(self.translations).items() if name in texts}

    def set_versions(self, name: str, versions: Mapping[str, str]) -> None:
        """Replace the versions of the field `name`; empty ones are none."""
        stored = read_versions(self.translations)
        for texts in stored.values():
            texts.pop(name, None)
        for language, text in versions.items():
            if text:
                stored.setdefault(language, {})[name] = text
        self.translations = {language: texts for language, texts in stored.items() if texts}


def kinds_translated() -> Iterator[type[Translated]]:
    """Yield the models that have versions of texts, in a fixed order."""
    from bandstand.content.kinds import kinds_of  # noqa: PLC0415

    yield from kinds_of(Translated)


def translations_in_bounds(*, name: str) -> BoundsConstraint:
    """Return the constraint that `translations` is an object, and not too large."""
    kind = models.Func(COLUMN, function="jsonb_typeof", output_field=models.TextField())
    size = models.Func(Cast(COLUMN, models.TextField()), function="octet_length", output_field=models.IntegerField())
    condition = models.Q(Exact(kind, "object")) & models.Q(LessThanOrEqual(size, MOST_BYTES))
    return BoundsConstraint(condition=condition, name=name)


def versions_shown(*relations: str) -> tuple[str, ...]:
    """Return what else `only()` has to fetch of rows, or of related ones, for a page in another language."""
    if not shown_language():
        return ()
    return tuple(f"{relation}__{COLUMN}" for relation in relations) if relations else (COLUMN,)


def told(path: str) -> Combinable:
    """Return the expression for a text in the language that is shown, where no row is read."""
    if not (language := shown_language()):
        return models.F(path)
    relation, _separator, name = path.rpartition("__")
    column = f"{relation}__{COLUMN}" if relation else COLUMN
    version = KeyTextTransform(name, KeyTransform(language, column))
    return Coalesce(version, models.F(path), output_field=models.TextField())
