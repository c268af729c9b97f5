"""Where the words of search entries come from: a model declares it, one operation of a migration installs it.

Whatever is written, the triggers pass the same query on to a function in `public`, which therefore knows of no kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.migrations import RunSQL

from bandstand.content.publishable import Publishable
from bandstand.content.searched import Searched
from bandstand.content.translated import COLUMN as TRANSLATIONS

Columns = Mapping[str, str]  # weights by column


@dataclass(frozen=True)
class RelatedWords:
    """Words in rows that belong to the kind's rows, by a key or by a table of links."""

    table: str
    columns: Columns
    owner: str  # column with the id of the kind's row, in the table of links if there is one
    links: str = ""  # table of links
    linked: str = ""  # its column with the id of the related row
    has_trash: bool = False
    only_if: str = ""  # a column of yes or no
    unless: str = ""  # a condition in SQL under which none of them counts
    shown_if: str = ""  # a column of yes or no: only if so visitors find by them
    translated: tuple[str, ...] = ()  # those of the columns that have versions in other languages

    @property
    def query(self) -> str:
        """The words, where `found` is the kind's row."""
        source = f"{self.table} part"  # of constants, as all below
        owner = f"part.{self.owner}"
        if self.links:
            source += f" JOIN {self.links} link ON link.{self.linked} = part.id"
            owner = f"link.{self.owner}"
        if self.links and self.has_trash:
            # By their ids: without statistics the planner takes rows outside the trash for few, and reads all of them.
            by_id = f"SELECT * FROM {self.table} WHERE id = link.{self.linked} OFFSET 0"  # noqa: S608
            source = f"{self.links} link CROSS JOIN LATERAL ({by_id}) part"
        living = " AND part.trashed_at IS NULL" if self.has_trash else ""
        living += f" AND part.{self.only_if}" if self.only_if else ""
        living += f" AND NOT {self.unless}" if self.unless else ""
        own = [
            f"SELECT '{weight}', part.id, part.{column}{{hidden}} FROM {source} WHERE {owner} = found.id{living}"  # noqa: S608
            for column, weight in self.columns.items()
        ]
        versions = [
            f"SELECT '{self.columns[column]}', part.id, version.value ->> '{column}'{{hidden}} FROM {source}"  # noqa: S608
            f" CROSS JOIN LATERAL jsonb_each(part.{TRANSLATIONS}) version WHERE {owner} = found.id{living}"
            for column in self.translated
        ]
        return " UNION ALL ".join([*own, *versions])

    @property
    def hidden(self) -> str:
        """The condition under which the team alone finds by them."""
        return f"NOT part.{self.shown_if}" if self.shown_if else "false"

    @property
    def watched(self) -> list[str]:
        """The columns of the table whose change changes the words."""
        said = [*(["trashed_at"] if self.has_trash else []), *filter(None, [self.only_if, self.shown_if])]
        versions = [TRANSLATIONS] if self.translated else []
        return [*self.columns, *versions, *said, *([] if self.links else [self.owner])]


@dataclass(frozen=True)
class SearchSources:
    """What the rows of one kind are found by."""

    kind: str  # label of the model
    table: str
    columns: Columns
    related: tuple[RelatedWords, ...] = ()
    # By which of the row's columns visitors don't find it, if another one says yes.
    hidden_if: Mapping[str, str] = field(default_factory=dict)
    translated: tuple[str, ...] = ()  # those of the columns that have versions in other languages

    @property
    def hides(self) -> bool:
        """Whether there may be words that the team alone finds."""
        return bool(self.hidden_if) or any(related.shown_if for related in self.related)

    @property
    def query(self) -> str:
        """The words of all rows: id, weight, part, text; and where some are hidden from visitors, whether they are."""
        own = [f"SELECT '{weight}', 0, found.{column}{self._hidden(column)}" for column, weight in self.columns.items()]
        column, weight = next(iter(self.columns.items()))
        named = f"0::bigint AS part, found.{column}::text AS text{self._hidden(column, ' AS hidden')}"
        own[0] = f"SELECT '{weight}' AS weight, {named}"
        own += [
            f"SELECT '{self.columns[column]}', 0, version.value ->> '{column}'{self._hidden(column)}"  # noqa: S608
            f" FROM jsonb_each(found.{TRANSLATIONS}) version"
            for column in self.translated
        ]
        related = (each.query.replace("{hidden}", f", {each.hidden}" if self.hides else "") for each in self.related)
        words = " UNION ALL ".join([*own, *related])
        hidden = ", said.hidden" if self.hides else ""
        return (
            f"SELECT found.id, said.weight, said.part, said.text{hidden} FROM {self.table} found"  # noqa: S608 # of constants
            f" CROSS JOIN LATERAL ({words}) said"
        )

    def _hidden(self, column: str, named: str = "") -> str:
        if not self.hides:
            return ""
        condition = self.hidden_if.get(column)
        return f", {f'found.{condition}' if condition else 'false'}{named}"

    @property
    def trigger(self) -> str:
        """The triggers' name, of each kind that a table's rows say something about."""
        return f"search_{self.kind.replace('.', '_')}"

    def triggers(self) -> dict[str, str]:
        """Return the statements that make the triggers by table."""
        versions = [TRANSLATIONS] if self.translated else []
        watched = dict.fromkeys([*self.columns, *versions, *self.hidden_if.values()])
        made = {self.table: self._written(self.table, list(watched), owner="id")}
        for related in self.related:
            if related.links:
                made[related.links] = self._written(related.links, [related.owner, related.linked], owner=related.owner)
                made[related.table] = self._changed(related)
            else:
                made[related.table] = self._written(related.table, related.watched, owner=related.owner)
        return made

    def fill(self, where: str = "true") -> str:
        """Return the statement that writes the entries of all rows, or of those for which `where` holds."""
        return (
            f"SELECT public.search_entries_write('{self.kind}', {_quoted(self.query)},"  # noqa: S608 # of constants
            f" ARRAY(SELECT id FROM {self.table} found WHERE {where}))"
        )

    def _written(self, table: str, columns: list[str], *, owner: str) -> str:
        return (
            f"CREATE TRIGGER {self.trigger} AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION public.search_entry_keep({self._arguments(owner)})"
        )

    def _changed(self, related: RelatedWords) -> str:
        """Return the trigger of rows that many others may be linked to: it runs only if the words are others."""
        differ = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in related.watched)
        return (
            f"CREATE TRIGGER {self.trigger} AFTER UPDATE OF {', '.join(related.watched)} ON {related.table}"
            f" FOR EACH ROW WHEN ({differ}) EXECUTE FUNCTION"
            f" public.search_entry_keep({self._arguments(related.owner, related.links, related.linked)})"
        )

    def _arguments(self, owner: str, links: str = "", linked: str = "") -> str:
        return ", ".join(map(_quoted, (self.kind, self.query, owner, links, linked)))


def keep_search_entries(sources: SearchSources, *, fill: str = "") -> RunSQL:
    """Return the operation that makes the triggers of a kind and writes the entries of its rows, by `fill` if given."""
    made = sources.triggers()
    return RunSQL(
        [*made.values(), fill or sources.fill()],
        [f"DROP TRIGGER {sources.trigger} ON {table}" for table in made],
    )


def renew_search_triggers(before: SearchSources, after: SearchSources, *, changed: str = "") -> RunSQL:
    """Return the operation that makes the triggers of a kind anew, and the entries of those rows that `changed` names.

    That is a condition in SQL, about `found`. The other entries stay as they are.
    """
    return RunSQL(
        (*_instead(before, after), *([after.fill(changed)] if changed else [])),
        (*_instead(after, before), *([before.fill(changed)] if changed else [])),
    )


def _instead(old: SearchSources, new: SearchSources) -> tuple[str, ...]:
    return (*(f"DROP TRIGGER {old.trigger} ON {table}" for table in old.triggers()), *new.triggers().values())


def sources_of(model: type[Searched]) -> SearchSources:
    """Return what `model` declares. Raises ImproperlyConfigured where a relation isn't one that triggers can watch."""
    about: Any = model._meta  # noqa: SLF001 # documented by Django
    fields: dict[str, dict[str, str]] = {}
    for weight, paths in sorted(model.found_by.items()):
        for path in paths:
            relation, _between, name = path.rpartition("__")
            of = about.get_field(relation).related_model._meta if relation else about  # noqa: SLF001
            fields.setdefault(relation, {})[of.get_field(name).column] = weight
    own = fields.pop("", {})
    if not own:
        raise ImproperlyConfigured(f"{about.label}.found_by names no field of its own")
    hidden_if = {about.get_field(name).column: about.get_field(flag).column for name, flag in model.hidden_if.items()}
    related = tuple(_related(about, fields))
    return SearchSources(about.label_lower, about.db_table, own, related, hidden_if, _translated(model, own))


def _translated(model: Any, columns: Columns) -> tuple[str, ...]:
    """Return those of the columns that have versions, which stand in JSON under the names of their fields."""
    return tuple(name for name in getattr(model, "translated_fields", ()) if name in columns)


def _related(about: Any, fields: Mapping[str, Columns]) -> Iterator[RelatedWords]:
    for name, columns in fields.items():
        relation = about.get_field(name)
        related = relation.related_model._meta  # noqa: SLF001
        has_trash = any(field.name == "trashed_at" for field in related.concrete_fields)
        counts: dict[str, Any] = {
            "has_trash": has_trash,
            "only_if": getattr(relation.related_model, "found_if", ""),
            "unless": getattr(relation.related_model, "found_unless", ""),
            # A moment that has come counts once the job has published what was scheduled: seconds late, never early.
            "shown_if": "is_published" if issubclass(relation.related_model, Publishable) else "",
            "translated": _translated(relation.related_model, columns),
        }
        if relation.one_to_many:
            yield RelatedWords(related.db_table, columns, relation.field.column, **counts)
        elif relation.many_to_many and relation.concrete:
            links = relation.remote_field.through._meta.db_table  # noqa: SLF001
            owner, linked = relation.m2m_column_name(), relation.m2m_reverse_name()
            yield RelatedWords(related.db_table, columns, owner, links, linked, **counts)
        else:
            raise ImproperlyConfigured(f"{about.label} can't be found by {name}: neither its parts nor its links")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
