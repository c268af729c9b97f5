"""Forms of entries: where each leads, what it is called, and which stand below another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.fields import LAST_POSITION
from bandstand.content.form_fields import WholeNumberField
from bandstand.content.plain_text import one_line
from bandstand.content.whole_numbers import whole_number
from bandstand.portals.menus import (
    ADDRESS_MAX_LENGTH,
    HEADING,
    LABEL_MAX_LENGTH,
    MOST_ENTRIES,
    MenuEntry,
    RowKey,
    ShownRow,
    every_entry,
    name_column,
    place_target,
    places,
    row_names,
    row_target,
    shown_rows,
    validate_address,
)
from bandstand_web.forms.known_rows import KnownRowField

ADD, MOVE = "add", "move"  # names of buttons that change what the form holds, and store nothing
IS_HEADING, IS_ADDRESS = "heading", "address"  # what `target` says of entries that no place and no row is behind
_FIELDS = ("target", "label", "address", "is_below", "position", "DELETE")
_TARGET_LENGTH = 120


class LinkAddressField(forms.CharField):
    """A path of this portal or a web address, also as people type it, without https://."""

    default_validators = [validate_address]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": ADDRESS_MAX_LENGTH, "required": False, **kwargs})
        self.widget.attrs.setdefault("inputmode", "url")

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text if not text or text.startswith("/") or ":" in text.partition("/")[0] else f"https://{text}"


class LineField(forms.CharField):
    """One line of text, as it may be stored."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class EntryForm(forms.Form):
    """One entry, whose target was chosen when it was added."""

    target = forms.CharField(widget=forms.HiddenInput, max_length=_TARGET_LENGTH)
    label = LineField(label=gettext_lazy("Label"), max_length=LABEL_MAX_LENGTH, required=False)
    address = LinkAddressField(label=gettext_lazy("Address"))
    is_below = forms.BooleanField(label=gettext_lazy("Sub-entry"), required=False)
    position = WholeNumberField(label=gettext_lazy("Position"), max_value=LAST_POSITION, required=False)

    entry: MenuEntry
    name, state = "", ""  # of what it leads to, for people

    @property
    def kind(self) -> str:
        """What it leads to: IS_HEADING, IS_ADDRESS, or nothing for a place or a row."""
        target = self["target"].value() or ""
        return target if target in {IS_HEADING, IS_ADDRESS} else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("DELETE") or self.errors:
            return cleaned
        target, label = cleaned["target"], cleaned["label"]  # add_error() takes out what isn't right
        if target in {IS_HEADING, IS_ADDRESS} and not label:
            self.add_error("label", _("Enter what visitors read here."))
        if target == IS_ADDRESS and not cleaned["address"]:
            self.add_error("address", _("Enter an address that starts with https://, or a path such as /gigs/."))
        address = {IS_HEADING: HEADING, IS_ADDRESS: cleaned.get("address", "")}
        self.entry = MenuEntry(address.get(target, target), label)
        if target not in address and not self.entry.row and self.entry.place not in places():
            self.add_error(None, _("This entry leads to nothing that we know. Remove it, and add it again."))
        return cleaned


class EntrySet(forms.BaseFormSet[EntryForm]):
    """The entries of a menu, in their order."""

    nests = True  # whether entries may stand below others
    entries: tuple[MenuEntry, ...] = ()

    def clean(self) -> None:
        """Put the entries together, if each of them is right."""
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        tree: list[tuple[EntryForm, MenuEntry]] = []
        for form in sorted(kept, key=lambda form: form.cleaned_data["position"] or LAST_POSITION):
            if self.nests and tree and form.cleaned_data["is_below"]:
                above, entry = tree[-1]
                tree[-1] = above, replace(entry, below=(*entry.below, form.entry))
                if form.entry.target == HEADING:
                    form.add_error("is_below", _("A heading can't be a sub-entry."))
            else:
                tree.append((form, form.entry))
        for form, entry in tree:
            if entry.target == HEADING and not entry.below:
                form.add_error("label", _("A heading needs entries below it. Tick “Sub-entry” for those."))
        self.entries = tuple(entry for _form, entry in tree)


class FlatEntrySet(EntrySet):
    """Entries of which none stands below another."""

    nests = False


_TOO_MANY = {"too_many_forms": gettext_lazy("There is room for %(num)d entries.")}


def entry_set(
    kind: type[EntrySet], prefix: str, *, data: Any = None, rows: Iterable[Mapping[str, Any]] = ()
) -> EntrySet:
    """Return the forms of entries: bound to `data`, or showing `rows`."""
    made: Any = forms.formset_factory(
        EntryForm,
        formset=kind,
        extra=0,
        max_num=MOST_ENTRIES,
        absolute_max=MOST_ENTRIES + 10,
        validate_max=True,
        can_delete=True,
    )
    found: EntrySet = made(
        data, initial=None if data is not None else list(rows), prefix=prefix, error_messages=_TOO_MANY
    )
    _name(found)
    return found


def as_rows(entries: Iterable[MenuEntry]) -> list[dict[str, Any]]:
    """Return entries as the form has them, one after the other."""
    found = []
    for top in entries:
        for each in every_entry((top,)):
            plain = {HEADING: IS_HEADING}.get(each.target, IS_ADDRESS if each.address else each.target)
            row = {"target": plain, "label": each.label, "address": each.address, "is_below": each is not top}
            found.append(row)
    return [{**row, "position": number} for number, row in enumerate(found, start=1)]


def sent_rows(data: QueryDict, prefix: str) -> list[dict[str, Any]]:
    """Return what was sent of each entry, unchecked, in its order, without those that are to go."""
    count = min(whole_number(data.get(f"{prefix}-{forms.formsets.TOTAL_FORM_COUNT}", "")) or 0, MOST_ENTRIES)
    rows = [{name: data.get(f"{prefix}-{i}-{name}", "") for name in _FIELDS} for i in range(count)]
    kept = [row for row in rows if not row.pop("DELETE")]
    return sorted(kept, key=lambda row: whole_number(row["position"]) or LAST_POSITION)


def moved(rows: list[dict[str, Any]], number: int, step: int) -> list[dict[str, Any]]:
    """Return the rows with one of them moved by a place, with those below it."""
    if not 0 <= number < len(rows):
        return rows
    blocks = [[row] for row in rows] if rows[number]["is_below"] else _blocks(rows)
    at = next(i for i, block in enumerate(blocks) if any(row is rows[number] for row in block))
    if 0 <= at + step < len(blocks):
        blocks[at], blocks[at + step] = blocks[at + step], blocks[at]
    return [row for block in blocks for row in block]


def _blocks(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    blocks: list[list[dict[str, Any]]] = []
    for row in rows:
        if row["is_below"] and blocks:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def numbered(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with their places as numbers."""
    return [{**row, "position": number} for number, row in enumerate(rows, start=1)]


class AddEntryForm(forms.Form):
    """What may be added: a row of each kind that menus may have. Places, links and headings have buttons."""

    def __init__(self, models: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for model in models:
            about = model._meta  # noqa: SLF001 - Django documents it
            rows = model.objects.all()
            named = rows if name_column(model) == "name" else rows.annotate(name=F(name_column(model)))
            field = KnownRowField(named, label=capfirst(about.verbose_name), required=False)
            field.one_of = True  # type: ignore[attr-defined] # of the ways to add something
            self.fields[about.model_name] = field

    def target(self, wanted: str) -> str:
        """Return what the button `wanted` adds; nothing if that can't be, which the form then says."""
        if wanted in {IS_HEADING, IS_ADDRESS}:
            return wanted
        if wanted in places():
            return place_target(wanted)
        if wanted not in self.fields or not self.is_valid():
            return ""
        row = self.cleaned_data[wanted]
        if row is None:
            self.add_error(wanted, _("Choose what the entry leads to."))
            return ""
        return row_target(row)


def _name(forms_of: EntrySet) -> None:
    """Say of each entry that leads to a place or a row what that is, and whether visitors see it."""
    entries = {form: MenuEntry(str(form["target"].value() or "")) for form in forms_of.forms}
    rows = [entry for entry in entries.values() if entry.row]
    names, shown = row_names(rows), shown_rows(rows)
    for form, entry in entries.items():
        form.name, form.state = _called(entry, names, shown)


def _called(entry: MenuEntry, names: Mapping[RowKey, str], shown: Mapping[RowKey, ShownRow]) -> tuple[str, str]:
    if entry.row is None:
        place = places().get(entry.place)
        return (str(place.text), "") if place else ("", "")
    if entry.row not in names:
        return _("Deleted"), _("Visitors don't see this entry.")
    return names[entry.row], "" if entry.row in shown else _("Visitors don't see this entry until it is published.")
