"""Cascading deletes in a schema that lacks some of the tables.

Django's collector follows every relation of a model. A user in `public` is referenced by tables that only tenants
have, and vice versa; querying those fails, or reads another schema's rows through the search path.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector
from django_tenants.utils import get_public_schema_name

from bandstand.database.connection import connection

_related_objects = Collector.related_objects


def install() -> None:
    """Patch the collector, once, when the apps are ready."""
    Collector.related_objects = _related_objects_here  # type: ignore[method-assign]


def _related_objects_here(
    self: Collector, related_model: type[Model], related_fields: Iterable[Any], objs: Any
) -> QuerySet[Any]:
    found = _related_objects(self, related_model, related_fields, objs)
    return found if stands_here(related_model) else found.none()


def stands_here(model: type[Model]) -> bool:
    """Whether the current schema has this model's table."""
    public = connection.schema_name == get_public_schema_name()
    entries = settings.SHARED_APPS if public else settings.TENANT_APPS
    config = model._meta.app_config  # noqa: SLF001
    return config.name in entries or f"{type(config).__module__}.{type(config).__qualname__}" in entries
