"""What support can't do however it is asked: a second wall behind permissions, at the statements themselves.

Some pages delete with the right to change: a photo of a band, a row of a form. Rights of roles don't tell these apart.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from psycopg import sql as composing

from bandstand.support.models import Access

# Not FOR UPDATE, FOR NO KEY UPDATE and ON CONFLICT DO UPDATE, which write nothing that isn't told of before.
_WRITE = re.compile(
    r"(?<!FOR )(?<!KEY )(?<!DO )\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)"
    r'\s+(?:ONLY\s+)?(?:"?\w+"?\.)?"?(\w+)"?',
    re.IGNORECASE,
)
# Log-ins, who owns what, who is on the team and is told of what; rows of `public` about portals among them.
_CLOSED_APPS = ("accounts", "auth", "account", "mfa", "teams", "notices", "domains", "support", "listings")
_CLOSED = frozenset(
    {
        *("organizations_organization", "organizations_organization_owners", "organizations_domain"),
        *("organizations_transfer", "portals_portalsettings_second_factor_roles", "bands_bandrole"),
    }
)
# What every log-in and every form writes, whoever sends it.
_HOUSEKEEPING = ("django_session", "usersessions_usersession", "submissions_", "audit_entry")

# Rows that pages create where they look for them first.
_MADE_BY_LOOKING = {("INSERT", "portals_portalsettings"), ("INSERT", "organizations_plan")}


class SupportRefusedError(PermissionDenied):
    """Support may not do this."""


class Wall:
    """An execute wrapper for the requests of one visit. Source: Django, "Database instrumentation"."""

    def __init__(self, access: str) -> None:
        self._access = access

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        for verb, table in writes(sql, context["connection"].connection):
            if not may_write(self._access, verb, table):
                raise SupportRefusedError(f"{verb} {table}")
        return execute(sql, params, many, context)


def writes(sql: Any, connection: Any) -> list[tuple[str, str]]:
    """Return what a statement writes: each verb, in capitals, with its table."""
    text = sql.as_string(connection) if isinstance(sql, composing.Composable) else str(sql)
    if text.startswith("SELECT") and ";" not in text:
        return []
    return [(verb.split()[0].upper(), table.lower()) for verb, table in _WRITE.findall(text)]


def may_write(access: str, verb: str, table: str) -> bool:
    """Whether support with this access may do so to a table."""
    if table.startswith(_HOUSEKEEPING):
        return True
    if access == Access.READ:
        return (verb, table) in _MADE_BY_LOOKING
    if table in _closed():
        return False
    return verb in {"INSERT", "UPDATE"} or (verb == "DELETE" and table in _links())


@functools.cache
def _closed() -> frozenset[str]:
    models = (model for app in _CLOSED_APPS for model in apps.get_app_config(app).get_models(include_auto_created=True))
    return _CLOSED | {model._meta.db_table for model in models}  # noqa: SLF001


@functools.cache
def _links() -> frozenset[str]:
    """Return the tables that hold nothing but which rows belong together; Django empties them to write them anew."""
    models = apps.get_models(include_auto_created=True)
    return frozenset(model._meta.db_table for model in models if model._meta.auto_created)  # noqa: SLF001
