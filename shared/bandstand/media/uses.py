"""Where a picture is used: every row that refers to it, by what the models say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from bandstand.content.rendering import PICTURE_SCHEME, pictures_named
from bandstand.content.trashed import Trashed
from bandstand.media.models import Picture


@dataclass(frozen=True)
class Use:
    """A row that people know, such as a band, and as what it uses the picture, such as its logo."""

    row: Any
    place: str

    @property
    def is_in_trash(self) -> bool:
        """Whether the row waits in the trash."""
        return isinstance(self.row, Trashed) and self.row.trashed_at is not None

    def __str__(self) -> str:
        if self.is_in_trash:  # not by its name, which stands in the trash alone
            kind = self.row._meta.verbose_name  # noqa: SLF001 - Django documents it
            return _("%(kind)s in the trash (%(place)s)") % {"kind": kind, "place": self.place}
        return _("%(row)s (%(place)s)") % {"row": self.row, "place": self.place}


def uses_of(numbers: Iterable[int]) -> dict[int, list[Use]]:
    """Return the uses of each of these pictures, in the trash too, by one query per place where a picture can stand."""
    wanted, found = list(numbers), defaultdict(list)
    for field in _references():
        owner = getattr(field.model, "recorded_under", "")  # a part, such as a gallery's photo, belongs to a band
        rows = field.model._base_manager.filter(**{f"{field.name}__in": wanted}).order_by("pk")  # noqa: SLF001
        for row in rows.select_related(owner) if owner else rows:
            place = field.model._meta.verbose_name_plural if owner else field.verbose_name  # noqa: SLF001
            found[getattr(row, field.attname)].append(Use(getattr(row, owner) if owner else row, str(place)))
    pictures = {str(picture.uid): picture for picture in Picture.objects.filter(pk__in=wanted)}
    for model, name in _texts():
        place = str(model._meta.get_field(name).verbose_name)  # noqa: SLF001
        for row in _naming(model, name, *pictures.values()).order_by("pk"):
            for uid in pictures.keys() & pictures_named(text_of(row, name)):
                found[pictures[uid].pk].append(Use(row, place))
    return dict(found)


def pictures_in(text: str) -> dict[str, Picture]:
    """Return the pictures that stand in a text and are ready, by their `uid`. At most one query."""
    named = pictures_named(text)
    return (
        {str(picture.uid): picture for picture in Picture.objects.filter(uid__in=named, state="ready")} if named else {}
    )


def pictures_delete_unused(numbers: Iterable[int]) -> int:
    """Delete those of the pictures with these keys that no row and no text refers to; return how many.

    The files go on commit.
    """
    pictures = Picture.objects.filter(pk__in=list(numbers))
    for field in _references():
        rows = field.model._base_manager.filter(**{field.name: OuterRef("pk")})  # noqa: SLF001 - also in the trash
        pictures = pictures.exclude(Exists(rows))
    unused = [each for each in pictures if not any(_naming(*text, each).exists() for text in _texts())]
    for picture in unused:
        picture.delete()
    return len(unused)


def remove_pictures_of(instance: Any, **_kwargs: Any) -> None:
    """Delete the pictures of a row that was deleted for good, with their files. Receives `post_delete` of its kind.

    The one that it has itself, and those that stand in its texts.
    """
    named = {uid for name in _texts_of(instance) for uid in pictures_named(text_of(instance, name))}
    pictures_named_delete_unused(named, *([instance.picture_id] if getattr(instance, "picture_id", None) else []))


def pictures_named_delete_unused(uids: Iterable[str], *numbers: int) -> int:
    """Delete those of the pictures with these `uid`s or keys that nothing uses; return how many."""
    found = Picture.objects.filter(uid__in=list(uids)).values_list("pk", flat=True)
    return pictures_delete_unused([*found, *numbers])


def text_of(row: Any, name: str) -> str:
    """Return the text in a field of `picture_texts`; of JSON, as text."""
    value = getattr(row, name)
    return value if isinstance(value, str) else json.dumps(value)


def _texts() -> list[tuple[Any, str]]:
    """Return the fields with texts in which pictures may stand: models name them in `picture_texts`."""
    return [(model, name) for model in apps.get_models() for name in _texts_of(model)]


def _texts_of(model: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(model, "picture_texts", ())
    return names


def _naming(model: Any, name: str, *pictures: Picture) -> Any:
    """Return the rows, in the trash too, in whose text any of the pictures stands."""
    named = (Q(said__contains=f"{PICTURE_SCHEME}{picture.uid}") for picture in pictures)
    rows = model._base_manager.alias(said=Cast(name, TextField()))  # noqa: SLF001
    return rows.filter(reduce(or_, named, Q(pk__in=[])))


def _references() -> Iterator[Any]:
    """Yield the foreign keys to pictures: also those without a name for the way back, which `related_objects` omits."""
    for relation in Picture._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django documents it
        if relation.one_to_many:
            yield relation.field  # type: ignore[union-attr]
