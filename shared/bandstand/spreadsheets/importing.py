"""The base of all content imports: rows are read, matched and compared first, and stored later.

`plan` needs a few queries for a whole batch and writes nothing; its result is shown as a preview. `write` stores a
batch that has just been planned, in few statements.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.addressed import Addressed
from bandstand.content.former_addresses import current_slugs
from bandstand.content.showing_values import shown_value
from bandstand.content.translated import validate_version
from bandstand.content.values import read_yes_no
from bandstand.spreadsheets.columns import Column
from bandstand.spreadsheets.tables import WINDOWS_EPOCH, Cell, Flaw, text_of
from bandstand.spreadsheets.versions import version_columns, version_of

Model = TypeVar("Model", bound=models.Model)
VALUE_SHOWN = 120  # characters of a value in a preview
NEW = "new"  # an answer: the row is new, not one of the candidates


class Action(str, Enum):  # noqa: UP042 - StrEnum would change str() of members that are stored as JSON
    """What happens to a row."""

    ADD = "add"
    CHANGE = "change"
    KEEP = "keep"  # nothing has changed
    ASK = "ask"  # it is ambiguous
    REFUSE = "refuse"


class ChangedCell(NamedTuple):
    """A new value in a row, and the current one."""

    label: str
    before: str
    after: str

    def as_json(self) -> list[str]:
        """Return it as a preview keeps it, with shortened values."""
        return [self.label, self.before[:VALUE_SHOWN], self.after[:VALUE_SHOWN]]


@dataclass
class RowPlan(Generic[Model]):
    """The interpretation of one row: `values` are for fields, `related` for other tables."""

    number: int
    cells: Mapping[str, Cell]
    values: dict[str, Any] = field(default_factory=dict)
    related: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)  # texts in other languages, by "name:de"
    problems: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)  # fields whose cells have problems
    changes: list[ChangedCell] = field(default_factory=list)
    choices: list[tuple[int, str]] = field(default_factory=list)
    action: Action = Action.ADD
    key: int | None = None  # primary key of the matching row in the database
    row: Model | None = None
    label: str = ""


class Importer(ABC, Generic[Model]):
    """Imports the rows of one table. One object handles one table, batch by batch in order."""

    model: type[Model]
    columns: ClassVar[tuple[Column, ...]]
    # The field for a column with a different name; "" if it isn't one of the row's own fields.
    fields: ClassVar[Mapping[str, str]]
    kept_when_empty: ClassVar[frozenset[str]]  # columns whose empty cells keep the current value
    trashed: ClassVar[str | Promise]  # what is said of a row that means one in the trash

    # Headings of an export that say what is kept elsewhere: they are no unknown ones.
    told_only: ClassVar[tuple[str, ...]] = ()
    # What is said of a row whose question nobody answered; `choices` is filled in.
    unanswered: ClassVar[str | Promise] = gettext_lazy(
        "It may be one of several: %(choices)s. Please fill in the page address."
    )

    def __init__(self, *, answers: Mapping[int, str], epoch: date = WINDOWS_EPOCH, for_writing: bool = False) -> None:
        self.answers = answers  # people's answers by row number: NEW, or the key of the matching row
        self.epoch = epoch
        self.for_writing = for_writing
        self.labels = {each.name: str(each.label) for each in self.columns_with(dict(settings.LANGUAGES))}
        # Whether this row's photo was already fetched from this URL: called with the row's key and the URL.
        self.is_known_photo: Callable[[int, str], bool] = lambda _key, _link: False
        self._rows_by_identity: dict[Any, int] = {}
        # A field with choices goes through all of them, 250 countries say, to check or show a value: once for each.
        self._chosen: dict[tuple[str, Any], str] = {}
        self._found_valid: set[tuple[str, Any]] = set()
        # The present slugs by former ones: a spreadsheet from before a row got another address still finds it.
        self.moved = current_slugs(self.model) if issubclass(self.model, Addressed) else {}
        self.prepare()

    @classmethod
    def columns_with(cls, languages: Collection[str]) -> tuple[Column, ...]:
        """Return the columns, with those of texts in these languages besides the main one."""
        return (*cls.columns, *version_columns(cls.model, cls.columns, languages))

    def plan(self, rows: Iterable[tuple[int, Mapping[str, Cell], Sequence[str]]]) -> list[RowPlan[Model]]:
        """Return plans for these rows, given as number, cells by column, and problems."""
        plans = [self._read(number, cells, flaws) for number, cells, flaws in rows]
        for plan in plans:
            self._recognize(plan)
        present = self.fetch([plan.key for plan in plans if plan.key])
        for plan in plans:
            self._fill(plan, present)
        return plans

    @abstractmethod
    def prepare(self) -> None:
        """Load the data for matching rows."""

    @abstractmethod
    def read(self, plan: RowPlan[Model], name: str, cell: Cell) -> None:
        """Parse a cell into `plan.values` or `plan.related`. Raises ValueError with a message for people."""

    @abstractmethod
    def candidates(self, plan: RowPlan[Model]) -> list[tuple[int, str]]:
        """Return the rows in the database that may match: keys, each with a description to tell them apart."""

    def is_certain(self, plan: RowPlan[Model]) -> bool:
        """Whether the only candidate is the row that is meant; if not, people are asked."""
        return True

    @abstractmethod
    def is_in_trash(self, plan: RowPlan[Model]) -> bool:
        """Whether the row, which has no candidates, means one that is in the trash."""

    @abstractmethod
    def identity(self, plan: RowPlan[Model]) -> Any:
        """Return a value that must be unique among new rows of the table; None if there is none."""

    @abstractmethod
    def fetch(self, keys: Sequence[int]) -> dict[int, Model]:
        """Return these rows with all the data to compare; locked if they are going to be written."""

    @abstractmethod
    def compare_related(self, plan: RowPlan[Model], present: Model | None) -> list[ChangedCell]:
        """Return how `plan.related` differs from the current data."""

    @abstractmethod
    def write(self, plans: Sequence[RowPlan[Model]]) -> None:
        """Store the added and changed rows of this batch. Raises IntegrityError if one violates a constraint."""

    def complete(self, plan: RowPlan[Model], present: Model | None) -> None:
        """Derive further values from other values and current data. Problems go to `plan.problems`."""

    def check(self, row: Model) -> None:
        """Raise ValidationError if values of one row contradict each other."""

    def describe(self, row: Model) -> str:
        """Return the row's name in the preview."""
        return str(row)

    def show(self, row: Model, name: str) -> str:
        """Return a field's value formatted for the preview."""
        if not hasattr(row, f"get_{name}_display"):
            return shown_value(row, name)
        key = name, getattr(row, name)  # choices' names are asked for once: that is slow
        return self._chosen.get(key) or self._chosen.setdefault(key, shown_value(row, name))

    def field_of(self, name: str) -> str:
        """Return the field for a column."""
        return self.fields.get(name, name)

    def refuse_cell(self, plan: RowPlan[Model], name: str, sentence: str) -> None:
        """Add a problem with one cell."""
        plan.problems.append(f"{self.labels[name]}: {sentence}")
        plan.unreadable.add(self.field_of(name))

    def _read(self, number: int, cells: Mapping[str, Cell], flaws: Sequence[str]) -> RowPlan[Model]:
        plan: RowPlan[Model] = RowPlan(number, cells, problems=list(flaws))
        for name, cell in cells.items():
            if isinstance(cell, Flaw):
                self.refuse_cell(plan, name, cell.sentence)
            elif version_of(name)[1]:
                plan.versions[name] = text_of(cell)
            elif text_of(cell) or name not in self.kept_when_empty:
                try:
                    self.read(plan, name, cell)
                except ValueError as problem:
                    self.refuse_cell(plan, name, str(problem))
        return plan

    def _recognize(self, plan: RowPlan[Model]) -> None:
        """Match the row with the database; duplicates within the table are refused from the second on."""
        if (former := plan.values.get("slug")) in self.moved:
            plan.values["slug"] = self.moved[former]
        choices = self.candidates(plan)
        if not choices and self.is_in_trash(plan):
            plan.problems.append(str(self.trashed))
        answer = self.answers.get(plan.number)
        is_asked = len(choices) > 1 or (bool(choices) and not self.is_certain(plan))
        if answer is not None and is_asked:
            choices = [] if answer == NEW else [choice for choice in choices if str(choice[0]) == answer]
            is_asked = len(choices) > 1
        if is_asked:
            plan.action, plan.choices = Action.ASK, choices
        plan.key = choices[0][0] if len(choices) == 1 and not is_asked else None
        identity = plan.key or (self.identity(plan) if plan.action is Action.ADD else None)
        if identity is None:
            return
        first = self._rows_by_identity.setdefault(identity, plan.number)
        if first != plan.number:
            plan.problems.append(_("Row %(row)s says the same. Please keep one of them.") % {"row": first})

    def _fill(self, plan: RowPlan[Model], present: dict[int, Model]) -> None:
        before = present.get(plan.key) if plan.key else None
        row = before or self.model()
        if plan.action is Action.ASK:  # which row it is, and so what it lacks, isn't known yet
            self._describe_question(plan, row)
            return
        self.complete(plan, before)
        shown = {name: self.show(row, name) for name in plan.values} if before else {}
        for name, value in plan.values.items():
            setattr(row, name, value)
        plan.row = row
        told = self._take_versions(plan, row)
        self._validate(plan, row, everything=before is None)
        plan.label = self.describe(row)
        if plan.problems:
            plan.action = Action.REFUSE
            return
        plan.changes = [
            ChangedCell(self._label_of(name), shown.get(name, ""), after)
            for name in plan.values
            if (after := self.show(row, name)) != shown.get(name, "")
        ]
        plan.changes += [*told, *self.compare_related(plan, before)]
        if before is not None and plan.action is Action.ADD:
            plan.action = Action.CHANGE if plan.changes else Action.KEEP

    def _take_versions(self, plan: RowPlan[Model], row: Any) -> list[ChangedCell]:
        """Take over what texts say in other languages, and return what is new of it."""
        changed = []
        for column, text in plan.versions.items():
            name, language = version_of(column)
            before = row.versions_of(name)
            if text == before.get(language, ""):
                continue
            changed.append(ChangedCell(self.labels[column], before.get(language, ""), text))
            try:
                validate_version(self.model, name, language, text)
            except ValidationError as problem:
                plan.problems += problem.messages
            else:
                row.set_versions(name, {**before, language: text})
        return changed

    def _describe_question(self, plan: RowPlan[Model], row: Model) -> None:
        for name, value in plan.values.items():
            setattr(row, name, value)
        plan.label = self.describe(row)
        if plan.problems:
            plan.action = Action.REFUSE

    def _validate(self, plan: RowPlan[Model], row: Model, *, everything: bool) -> None:
        """Check the fields as forms do, except uniqueness and constraints, which would need queries for each row."""
        fields = row._meta.fields  # noqa: SLF001 - Django documents it
        demanded = {each.name for each in fields if everything and not (each.blank or each.has_default())}
        chosen = {(each.name, getattr(row, each.name)) for each in fields if each.choices is not None}
        checked = (set(plan.values) | demanded) - plan.unreadable
        checked -= {name for name, value in chosen if (name, value) in self._found_valid}
        try:
            row.clean_fields(exclude={each.name for each in fields if each.name not in checked})
            self._found_valid |= {(name, value) for name, value in chosen if name in checked}
            if not plan.problems:
                self.check(row)
        except ValidationError as problem:
            plan.problems += [
                f"{self._label_of(name)}: {text}" if name != NON_FIELD_ERRORS else text
                for name, texts in problem.update_error_dict({}).items()
                for error in texts
                for text in error.messages
            ]

    def _label_of(self, name: str) -> str:
        column = next((column for column, field_name in self.fields.items() if field_name == name), name)
        meta: Any = self.model._meta  # noqa: SLF001 - Django documents it
        return self.labels.get(column) or str(meta.get_field(name).verbose_name)


def store(model: type[Model], plans: Sequence[RowPlan[Model]]) -> None:
    """Write the rows of these plans: new ones in one statement, changed ones in another."""
    added = [plan.row for plan in plans if plan.action is Action.ADD and plan.row is not None]
    for row in added:
        row.pk = None
    model._default_manager.bulk_create(added)  # noqa: SLF001 - Django documents it
    changed = [plan.row for plan in plans if plan.action is Action.CHANGE and plan.row is not None]
    for row in changed:
        row.updated_at = timezone.now()  # type: ignore[attr-defined] # all kinds of content have it
    rows_update(model, changed)


def rows_update(model: type[Model], rows: Sequence[Model]) -> None:
    """Write all columns of existing rows, which the caller has locked, in one statement.

    Django's `bulk_update` builds a condition per row and column, which takes seconds for a thousand rows.
    """
    written = [each.name for each in model._meta.concrete_fields if not each.primary_key]  # noqa: SLF001 - documented
    # Bypasses the manager, which would count these existing rows as new ones for the plan's limit.
    models.QuerySet[Any](model).bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=written)


def yes_no(plan: RowPlan[Any], name: str, cell: Cell) -> None:
    """Read a yes/no cell."""
    plan.values[name] = read_yes_no(text_of(cell))
