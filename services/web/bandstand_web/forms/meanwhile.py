"""Two people in one form: what others saved since the page was made is neither overwritten nor lost.

A page carries what it showed of each field, as digests, and the number of the row's newest change. When the form comes
back and somebody else has changed the row meanwhile, each field is compared three ways: what only they changed is taken
over, what only the sender changed is saved, and what both changed differently is a conflict, which the page shows with
both texts until the sender says "anyway". A form without the mark, of an older release or a script, isn't compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Model
from django.forms import BaseForm, BaseModelFormSet, BoundField, CheckboxInput, FileField
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from bandstand.content.changes import Change
from bandstand.content.telling_changes import who
from bandstand.content.whole_numbers import whole_number
from bandstand_web.forms.known_rows import KnownRows

SEEN, ANYWAY = "seen", "anyway"
_SALT = "bandstand.meanwhile"

Values = list[str]
Fresh = Callable[[], tuple[Sequence[BaseForm], Sequence[BaseModelFormSet[Any, Any]]]]


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed differently."""

    label: str
    theirs: str
    mine: str


class OfOthers:
    """The newest change that somebody else made meanwhile, as a page speaks of it."""

    change: Change | None = None

    @property
    def number(self) -> str:
        """What agrees to overwrite the change that is shown, and no later one."""
        return str(self.change.pk if self.change else 0)

    @property
    def who(self) -> str:
        """Who made it."""
        return who(self.change) if self.change else ""


class Meanwhile(OfOthers):
    """What others did to a row between the page with its form and the form's return.

    Made before the row is read. `is_recorded` says that all that the forms show is in the row's record of changes, so
    that fields needn't be compared unless it has something new of somebody else.
    """

    def __init__(self, request: HttpRequest, model: type[Model], pk: Any, *, is_recorded: bool = True) -> None:
        self._request = request
        self._changes = Change.objects.of_kind(model).filter(object_id=pk)
        self._is_recorded = is_recorded
        self.mark = ""
        self.data: QueryDict = request.POST
        self.conflicts: list[Conflict] = []
        self.taken: list[str] = []
        if request.method != "POST":
            self._newest = Change.objects.newest(model, pk)

    @property
    def is_agreed(self) -> bool:
        """Whether the form may be saved."""
        return not self.conflicts or self._request.POST.get(ANYWAY) == self.number

    def show(self, forms: Sequence[BaseForm], formsets: Sequence[BaseModelFormSet[Any, Any]] = ()) -> None:
        """Remember what a new page shows."""
        looks = {key: _digest(_shown(field)) for key, field in _fields(forms, formsets)}
        self.mark = signing.dumps({"at": self._newest, "looks": looks}, salt=_SALT, compress=True)

    def merge(self, fresh: Fresh) -> None:
        """Compare what was sent with `fresh` forms of the row as it is stored now, which is locked."""
        seen = _read(self._request.POST.get(SEEN, ""))
        if seen is None:
            return
        self.mark = self._request.POST[SEEN]
        own = getattr(self._request.user, "pk", None)
        newer = list(self._changes.filter(pk__gt=seen["at"]).order_by("-pk").defer("fields"))
        # In Python, as exclude() leaves out those of nobody in particular.
        self.change = next((each for each in newer if each.user_id != own), None)
        if self.change is None and (self._is_recorded or newer):
            return  # nothing new, or only what the same person saved, in another tab or before going back
        self.data = self._request.POST.copy()
        forms, formsets = fresh()
        for form in forms:
            self._merge_fields(form, form.prefix or "", seen["looks"], _labels(form))
        for formset in formsets:
            self._merge_rows(formset, seen["looks"])

    def _merge_fields(self, form: BaseForm, prefix: str, looks: Mapping[str, str], labels: Mapping[str, str]) -> bool:
        """Merge one form's fields, sent under `prefix`; return whether others changed any."""
        is_changed = False
        for name, field in _own_fields(form):
            sent_as = f"{prefix}-{name}" if prefix else name
            seen, now, mine = looks.get(_key(form, name)), _shown(field), self._sent(field, sent_as)
            if seen is None or _digest(now) == seen:
                continue
            is_changed = True
            if mine == now:
                continue
            if _digest(mine) == seen:
                self._take(field, sent_as, now)
                self.taken.append(labels[name])
            else:
                self.conflicts.append(Conflict(labels[name], _words(field, now), _words(field, mine)))
        return is_changed

    def _merge_rows(self, formset: BaseModelFormSet[Any, Any], looks: Mapping[str, str]) -> None:
        prefix = formset.prefix
        sent = {self.data.get(f"{prefix}-{i}-id", ""): i for i in range(self._count(formset, TOTAL_FORM_COUNT))}
        sent.pop("", None)
        for form in formset.initial_forms:
            number = sent.pop(str(form.instance.pk), None)
            if number is None:
                continue
            row_as = f"{prefix}-{number}"
            is_changed = self._merge_fields(form, row_as, looks, _labels(form, str(form.instance)))
            if is_changed and self.data.get(f"{row_as}-{DELETION_FIELD_NAME}"):
                self.conflicts.append(Conflict(str(form.instance), _("changed"), _("deleted")))
        if sent:
            self._move_gone(formset, sorted(sent.values()), looks)

    def _move_gone(self, formset: BaseModelFormSet[Any, Any], gone: list[int], looks: Mapping[str, str]) -> None:
        """Take rows that others deleted out of those that exist: what was changed in them becomes a new row."""
        prefix, form = formset.prefix, formset.empty_form
        total, initial = (self._count(formset, name) for name in (TOTAL_FORM_COUNT, INITIAL_FORM_COUNT))
        rows = [self._row(f"{prefix}-{i}-") for i in range(total)]
        staying = [i for i in range(initial) if i not in gone]
        kept = []
        for i in gone:
            pk = self.data.get(f"{prefix}-{i}-id", "")
            mine = {name: self._sent(field, f"{prefix}-{i}-{name}") for name, field in _own_fields(form)}
            label = " ".join(next((value for value in mine.values() if value), []))
            is_edited = any(
                looks.get(f"{prefix}#{pk}-{name}") not in {None, _digest(value)} for name, value in mine.items()
            )
            if not is_edited or self.data.get(f"{prefix}-{i}-{DELETION_FIELD_NAME}"):
                self.taken.append(label)
                continue
            self.conflicts.append(Conflict(label, _("deleted"), _("changed")))
            kept.append(i)
            rows[i].pop("id", None)
        order = [*staying, *kept, *(i for i in range(initial, total) if i not in gone)]
        for i in range(total):
            for name in self._row(f"{prefix}-{i}-"):
                del self.data[f"{prefix}-{i}-{name}"]
        for number, i in enumerate(order):
            for name, values in rows[i].items():
                self.data.setlist(f"{prefix}-{number}-{name}", values)
        self.data[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(len(order))
        self.data[f"{prefix}-{INITIAL_FORM_COUNT}"] = str(len(staying))

    def _row(self, prefix: str) -> dict[str, Any]:
        return {key[len(prefix) :]: values for key, values in self.data.lists() if key.startswith(prefix)}

    def _count(self, formset: Any, name: str) -> int:
        return min(whole_number(self.data.get(f"{formset.prefix}-{name}", "")) or 0, int(formset.absolute_max))

    def _sent(self, field: BoundField, name: str) -> Values:
        return _values(field, field.field.widget.value_from_datadict(self.data, self._request.FILES, name))

    def _take(self, field: BoundField, name: str, now: Values) -> None:
        if now:
            self.data.setlist(name, now)
        else:
            self.data.pop(name, None)


def _read(mark: str) -> Any:
    """Return what a page said that it showed; None for a page that didn't, or a mark that isn't ours."""
    try:
        return signing.loads(mark, salt=_SALT)
    except signing.BadSignature:
        return None


def _fields(
    forms: Sequence[BaseForm], formsets: Sequence[BaseModelFormSet[Any, Any]]
) -> Iterator[tuple[str, BoundField]]:
    for form in (*forms, *(form for formset in formsets for form in formset.initial_forms)):
        for name, field in _own_fields(form):
            yield _key(form, name), field


def _own_fields(form: BaseForm) -> Iterator[tuple[str, BoundField]]:
    """Yield what people change in a form; files are sent anew or not at all."""
    for name, field in form.fields.items():
        if name not in {"id", DELETION_FIELD_NAME} and not isinstance(field, FileField):
            yield name, form[name]


def _key(form: Any, name: str) -> str:
    """Return under which name a page remembers a field: rows of a formset by their keys, as their numbers change."""
    if not form.prefix:
        return name
    row = form.prefix.rpartition("-")
    return (
        f"{row[0]}#{form.instance.pk}-{name}"
        if row[0] and whole_number(row[2]) is not None
        else f"{form.prefix}-{name}"
    )


def _labels(form: BaseForm, row: str = "") -> dict[str, str]:
    return {name: f"{row}: {form[name].label}" if row else str(form[name].label) for name in form.fields}


def _shown(field: BoundField) -> Values:
    """Return what a page shows in a field, as a browser would send it back."""
    value, widget = field.value(), field.field.widget
    if isinstance(widget, CheckboxInput):
        return ["on"] if widget.check_test(value) else []
    return _values(field, value if isinstance(value, (list, tuple)) else widget.format_value(value))


def _values(field: BoundField, value: Any) -> Values:
    if isinstance(field.field.widget, CheckboxInput) and isinstance(value, bool):
        return ["on"] if value else []
    values = value if isinstance(value, (list, tuple)) else [value]
    texts = ("" if each is None else str(each).replace("\r\n", "\n").replace("\r", "\n").strip() for each in values)
    return [text for text in texts if text]


def _digest(values: Values) -> str:
    return hashlib.blake2b("\x1f".join(values).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _words(field: BoundField, values: Values) -> str:
    """Return a value as people read it."""
    if isinstance(field.field.widget, CheckboxInput):
        return _("yes") if values else _("no")
    if not values:
        return "—"
    if isinstance(field.field, KnownRows):
        return ", ".join(field.field.words(values))
    names = {str(value): str(name) for value, name in _flat(getattr(field.field, "choices", ()))}
    return ", ".join(names.get(value, value) for value in values)


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    for value, name in choices:
        if isinstance(name, (list, tuple)):
            yield from name
        else:
            yield value, name
