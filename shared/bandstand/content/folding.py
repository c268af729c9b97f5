"""Text search that ignores case, accents and dots, folding both sides with the database's functions (ADR 40)."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func, Lookup, TextField, Value


class Folded(Func):
    """A word as search entries store it: without symbols."""

    template = "public.search_join(public.search_fold(%(expressions)s))"
    output_field = TextField()

    def __init__(self, word: str) -> None:
        super().__init__(Value(word))


class Part(Folded):
    """A LIKE pattern for texts that contain a word."""

    template = "public.search_part(%(expressions)s)"


@CharField.register_lookup
@TextField.register_lookup
class Like(Lookup[bool]):
    """Matches texts against a LIKE pattern."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_parameters, *right_parameters)
