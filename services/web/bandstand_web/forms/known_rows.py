"""Rows of the portal as choices of a form, whose size doesn't grow with them.

While there are few, they are listed: in selects, or with boxes to tick. Else they are typed by name into a field that
suggests some while typing. Without scripts the first ones are suggested, any name can be typed, and a form that comes
back says which ones may be meant. A field sends two values: the key with the name that was shown ("17:Owls"), and under
another name what stands in the text field. If both names are one, the key counts, also where two rows share a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from bandstand.content.named import NameKey
from bandstand.content.names import name_key
from bandstand.content.whole_numbers import whole_number

FEW = 30
MOST_SUGGESTED = 20
NEAREST = 5
NOTHING = "—"  # what a select offers for no row, unless there is more to say
_NAMED = "named"
_TYPED = "="  # what begins with it is a name, not a key
_TOLD_APART = re.compile(r"(.+) \(([-\w]+)\)")
_EMPTY: tuple[Any, ...] = (None, "")

Name = tuple[Any, str]  # a row's key, and what it is called
Option = tuple[str, str]  # a name that a text field suggests, and what is told beside it


class KnownNames:
    """What fields of one kind of row offer; made for several fields of a page, it costs no more than for one.

    `into` is the id of the datalist that they share, which the page has to include: components/known_names.html.
    """

    def __init__(self, rows: QuerySet[Any], into: str = "") -> None:
        self.rows, self.into = rows, into
        self._names: dict[str, str] = {}

    @cached_property
    def first(self) -> list[Name]:
        """The first rows, one more than are listed."""
        return offered(self.rows, FEW + 1)

    @property
    def are_few(self) -> bool:
        """Whether they can all be listed."""
        return len(self.first) <= FEW

    @property
    def options(self) -> list[Option]:
        """What the datalist has before anything is typed."""
        return as_options(self.first[:FEW])

    @property
    def url(self) -> str:
        """Where to ask for more."""
        return reverse(f"backstage:{self.rows.model._meta.model_name}s_known")  # noqa: SLF001 # documented

    def remember(self, names: Mapping[Any, str]) -> None:
        """Take these names by key for granted."""
        self._names |= {str(key): name for key, name in names.items()}

    def keys(self, chosen: Iterable[str]) -> list[str]:
        """Return the keys of what was chosen, which may have been typed before, among the first rows."""
        by_name = {name_key(text): str(key) for key, text in self.first}
        found = (by_name.get(name_key(each[1:])) if each.startswith(_TYPED) else each for each in chosen)
        return [key for key in found if key]

    def shown(self, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """Return the key with the name, and the name, of each row; "" and the text for what was typed."""
        keys = {key for each in chosen if each not in self._names and (key := whole_number(each)) is not None}
        if keys:
            rows = self.rows.filter(pk__in=keys).values_list("pk", "name", "trashed_at")
            self.remember({pk: _called(name, trashed_at) for pk, name, trashed_at in rows})
        return [
            ("", each[1:]) if each.startswith(_TYPED) else (f"{each}:{self._names[each]}", self._names[each])
            for each in chosen
            if each.startswith(_TYPED) or each in self._names
        ]


def offered(rows: QuerySet[Any], most: int) -> list[Name]:
    """Return the names of the first rows; where several share one, with what stands in their addresses."""
    found = list(rows.values_list("pk", "name", "slug", "trashed_at")[:most])
    shared = Counter(name_key(name) for _pk, name, _slug, _trashed_at in found)
    return [
        (pk, _called(f"{name} ({slug})" if shared[name_key(name)] > 1 else name, trashed_at))
        for pk, name, slug, trashed_at in found
    ]


def as_options(names: Iterable[Name]) -> list[Option]:
    """Return what a text field suggests for these names: they are typed, their keys are not."""
    return [(text, "") for _key, text in names]


def suggested(rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
    """Return those of `rows` in whose names `typed` stands, the nearer its beginning the earlier."""
    typed = typed.strip()
    if not typed:
        return rows
    place = StrIndex(Lower("name"), Lower(Value(typed)))
    return rows.filter(name__icontains=typed).order_by(place, "name", "pk")


def asking(url: str, of: str, into: str) -> dict[str, str]:
    """Return the attributes of a text field, sent as `of`, that asks `url` for the options of the datalist `into`."""
    return {
        "list": into,
        "autocomplete": "off",
        "hx-get": f"{url}?of={of}",
        "hx-trigger": "input changed delay:200ms, focus",
        "hx-target": f"#{into}",
        "hx-swap": "innerHTML",
        "hx-sync": "this:replace",
    }


class KnownRowsInput(forms.Widget):
    """Places for several rows, in an order, some of them empty; `fewest` bounds their number from below."""

    template_name = "components/known_rows.html"
    use_fieldset = True
    choices: Any  # of the field, which knows the rows
    known: KnownNames | None = None  # where several fields share it

    def __init__(self, attrs: dict[str, Any] | None = None, *, free: int = 3, fewest: int = 6) -> None:
        super().__init__(attrs)
        self.free, self.fewest = free, fewest

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return keys, and names that were typed, which begin with a sign."""
        keys, names = _sent(data, name), _sent(data, f"{name}-{_NAMED}")
        if len(keys) != len(names) or any(key and ":" not in key for key in keys):
            return [key.partition(":")[0] for key in keys]  # chosen from a list, or taken over from somebody else
        return [_chosen(*key.partition(":")[::2], text.strip()) for key, text in zip(keys, names, strict=True)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        chosen = [str(each) for each in _listed(value) if each not in _EMPTY]
        known = self.known or KnownNames(self.choices.queryset)
        widget = context["widget"]
        if known.are_few:
            widget |= {"listed": [(str(key), text) for key, text in known.first], "chosen": known.keys(chosen)}
        else:
            into = known.into or f"{widget['attrs'].get('id') or name}-known"
            sent_as = f"{name}-{_NAMED}"
            widget |= {"named": sent_as, "asking": asking(known.url, sent_as, into), "chosen": known.shown(chosen)}
            widget |= {"hint": _("Type a name"), "into": into, "names": [] if known.into else known.options}
        widget["places"] = [*widget["chosen"], *self.empty(len(widget["chosen"]))]
        return context

    def empty(self, chosen: int) -> list[Any]:
        """Return what stands in the places that are empty."""
        return [""] * max(self.free, self.fewest - chosen)


class KnownRowTicks(KnownRowsInput):
    """The same without an order: few rows have boxes to tick."""

    template_name = "components/known_row_ticks.html"


class KnownRowInput(KnownRowsInput):
    """One row, or none."""

    template_name = "components/known_row.html"
    use_fieldset = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return next(iter(super().value_from_datadict(data, files, name)), "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        nothing = self.choices.field.empty_label
        context["widget"] |= {"empty_label": nothing, "place": context["widget"]["places"][0]}
        if nothing not in {None, NOTHING}:
            context["widget"]["hint"] = nothing
        return context

    def empty(self, chosen: int) -> list[Any]:
        return [] if chosen else [""]


class KnownRows:
    """What fields of one row and of several share: names are found among `queryset`, those of kinds with addresses."""

    queryset: Any

    def found(self, names: Sequence[str]) -> dict[str, Model]:
        """Return the row of each name. Raises ValidationError for one that none has, or several. One query."""
        if not names:
            return {}
        apart = {name: match for name in names if (match := _TOLD_APART.fullmatch(name))}
        having = Q(key__in={name_key(each) for each in (*names, *(match[1] for match in apart.values()))})
        rows = list(self.queryset.alias(key=NameKey("name")).filter(having))
        chosen, problems = {}, []
        for name in names:
            alike = [row for row in rows if name_key(row.name) == name_key(name)]
            if not alike and (match := apart.get(name)):
                alike = [row for row in rows if row.slug == match[2] and name_key(row.name) == name_key(match[1])]
            if len(alike) == 1:
                chosen[name] = alike[0]
            else:
                problems.append(self._problem(name, alike))
        if problems:
            raise forms.ValidationError(problems)
        return chosen

    def words(self, values: Iterable[str]) -> list[str]:
        """Return what people read for keys and names as the widget gives them."""
        return [text for _key, text in KnownNames(self.queryset).shown(list(values))]

    def _problem(self, name: str, alike: Sequence[Any]) -> forms.ValidationError:
        if alike:
            names = ", ".join(f"{row.name} ({row.slug})" for row in alike)
            text = _("Several are called “%(name)s”. Enter one of these: %(names)s.")
        else:
            near = offered(suggested(self.queryset, name), NEAREST)
            names = ", ".join(text for _key, text in near)
            text = (
                _("“%(name)s” wasn't found. Did you mean one of these: %(names)s?")
                if near
                else _("“%(name)s” wasn't found.")
            )
        return forms.ValidationError(text, code="invalid_choice", params={"name": name, "names": names})


class KnownRowField(KnownRows, forms.ModelChoiceField[Any]):
    """One row."""

    widget = KnownRowInput

    def __init__(self, queryset: Any, *, empty_label: Any = NOTHING, **kwargs: Any) -> None:
        super().__init__(queryset, empty_label=empty_label, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_TYPED):
            name = value.removeprefix(_TYPED)
            return self.found([name])[name]
        return super().to_python(value)


class KnownRowsField(KnownRows, forms.ModelMultipleChoiceField[Any]):
    """Several rows. The cleaned value is a list in the order of the places, without duplicates."""

    widget = KnownRowsInput

    def clean(self, value: Any) -> Any:
        given = [str(each) for each in self.prepare_value(value) or () if each not in _EMPTY]
        named = self.found([each.removeprefix(_TYPED) for each in given if each.startswith(_TYPED)])
        keys = [str(named[each.removeprefix(_TYPED)].pk) if each.startswith(_TYPED) else each for each in given]
        rows = {str(row.pk): row for row in super().clean(list(dict.fromkeys(keys)))}
        return [rows[key] for key in dict.fromkeys(str(whole_number(key)) for key in keys)]


def _called(name: str, trashed_at: Any) -> str:
    return _("%(name)s (in the trash)") % {"name": name} if trashed_at else name


def _sent(data: Any, name: str) -> list[str]:
    """Return the values of a field, of a request or of plain data."""
    if hasattr(data, "getlist"):
        return list(data.getlist(name))
    return [str(each) for each in _listed(data.get(name)) if each is not None]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _chosen(key: str, shown: str, text: str) -> str:
    """Return the key if the name still stands there that was shown for it, or else what stands there."""
    if not text:
        return ""
    return key if key and text == shown.strip() else f"{_TYPED}{text}"
