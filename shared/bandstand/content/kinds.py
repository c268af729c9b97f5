"""Which kinds of rows there are of a sort."""

from __future__ import annotations

import functools
from typing import Any

from django.apps import apps


@functools.cache
def kinds_of(base: Any) -> tuple[Any, ...]:
    """Return the installed models that inherit the abstract model `base`, by label."""
    found = (model for model in apps.get_models() if issubclass(model, base))
    return tuple(sorted(found, key=lambda model: model._meta.label_lower))  # noqa: SLF001 - Django documents it
