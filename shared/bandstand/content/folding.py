"""Looking for text whatever its case, accents and dots: by the database's functions, for both sides (ADR 40)."""

from __future__ import annotations

import functools
import operator
from typing import Any

from django.db.models import CharField, F, Func, Lookup, Q, TextField, Value


class Folded(Func):
    """A word as search entries hold it: without the signs in it."""

    template = "public.search_join(public.search_fold(%(expressions)s))"
    output_field = TextField()

    def __init__(self, word: str) -> None:
        super().__init__(Value(word))


class Part(Folded):
    """A pattern for texts that hold a word."""

    template = "public.search_part(%(expressions)s)"


class Joined(Func):
    """A column's text as one folded word, with nothing between its words."""

    template = "public.search_join(replace(public.search_fold(%(expressions)s), ' ', ''))"
    output_field = TextField()


@CharField.register_lookup
@TextField.register_lookup
class Like(Lookup[bool]):
    """Texts that a pattern of LIKE fits."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", (*left_parameters, *right_parameters)


def mentions(word: str, *fields: str) -> Q:
    """Return a condition: one of `fields` holds `word`. It reads each row, so keep it to lists for the team."""
    return functools.reduce(operator.or_, (Q(Like(Joined(F(field)), Part(word))) for field in fields))
