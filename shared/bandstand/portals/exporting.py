"""Exports an organization's content: one JSON file per table, in a ZIP archive."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from typing import IO, Any

from django.apps import apps
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django_tenants.utils import tenant_context

from bandstand.audit.models import Act
from bandstand.content import declaring
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.models import Organization
from bandstand.terms.accepting import acceptances_of

# Of a portal's people, never sessions, log-in attempts, tokens or outgoing mail.
_PEOPLE_FIELDS = ["email", "name", "date_joined", "groups"]
_IN_MEMORY = 5 * 1024 * 1024

Besides = Callable[[Organization], list[dict[str, Any]]]
_besides: dict[str, Besides] = {}


def exported_besides(name: str) -> Callable[[Besides], Besides]:
    """Have the file `name` in each export, with the rows of `public` about an organization that a function returns."""

    def register(function: Besides) -> Besides:
        _besides[name] = function
        return function

    return register


def organization_export(organization: Organization) -> IO[bytes]:
    """Return an open ZIP file with all rows of the organization's content. The caller must close it.

    Rows are streamed, so memory use doesn't grow with the portal. The export is recorded in the security log before
    the first row is read.
    """
    organization_record(organization, Act.EXPORTED)
    archive = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with tenant_context(organization), zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as folder:
        for model in _content_models():
            _write(folder, model, fields=None)
        _write(folder, apps.get_model("accounts", "User"), fields=_PEOPLE_FIELDS)
        for name, rows_of in sorted({"terms/acceptance.json": acceptances_of, **_besides}.items()):
            rows = json.dumps(rows_of(organization), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
            folder.writestr(name, rows)
    archive.seek(0)
    return archive


def _content_models() -> list[type[models.Model]]:
    return [
        model
        for config in declaring.configs()
        if config.is_exported
        for model in apps.get_app_config(config.label).get_models()
        if getattr(model, "is_exported", True)
    ]


def _write(folder: zipfile.ZipFile, model: type[models.Model], fields: list[str] | None) -> None:
    about = model._meta  # noqa: SLF001 - Django documents it
    name = f"{about.app_label}/{about.model_name}.json"
    rows = model._default_manager.order_by("pk").iterator(chunk_size=500)  # noqa: SLF001 - and this
    with folder.open(name, "w") as file:
        text = _Utf8(file)
        serializers.serialize(
            "json", rows, stream=text, fields=fields, use_natural_foreign_keys=True, ensure_ascii=False, indent=1
        )


class _Utf8:
    """A text stream for the serializer, which encodes to UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())
