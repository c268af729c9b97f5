"""The lookup `any_of`, for hundreds of keys: an array is one parameter, where `in` builds one for each."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, Lookup


@Field.register_lookup
class AnyOf(Lookup[bool]):
    """Matches the values that stand in a list."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY (%s)", (*parameters, list(self.rhs))
