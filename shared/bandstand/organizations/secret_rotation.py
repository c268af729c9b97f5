"""Re-encrypts the secrets in all schemas with the current SECRET_KEY, so that the former one can be dropped.

All of them are read first: where a key is missing, nothing is written. Each is then written separately, and those under
the current key are skipped, so that an interrupted run can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.second_factors import PURPOSE
from bandstand.database.cascades import stands_here
from bandstand.encryption.fields import EncryptedTextField
from bandstand.encryption.keys import LostKeyError, decrypt, renewed, written_at
from bandstand.organizations.models import Organization

# The keys in an authenticator's data that allauth encrypts; the rest isn't secret.
_SECRETS_OF_AUTHENTICATORS = ("secret", "seed")
_LIST_OF_AUTHENTICATORS = "migrated_codes"


@dataclass
class Rotation:
    """The result of a run. `lost` names rows that no key can decrypt."""

    present: int = 0
    renewed: int = 0
    lost: list[str] = field(default_factory=list)


def encrypted_columns() -> list[tuple[type[models.Model], EncryptedTextField]]:
    """Return every encrypted column with its model."""
    return [
        (model, column)
        for model in apps.get_models()
        for column in model._meta.get_fields()  # noqa: SLF001 - Django documents it
        if isinstance(column, EncryptedTextField)
    ]


def schemas() -> list[str]:
    """Return the names of all schemas with accounts: the platform's and every organization's."""
    names = Organization.objects.order_by("pk").values_list("schema_name", flat=True)
    return [get_public_schema_name(), *names]


def unreadable_secrets(schema: str) -> list[str]:
    """Return what no key reads in this schema: each row, with the day on which it was written."""
    lost = []
    with schema_context(schema):
        for about, purpose, secret in _secrets(schema):
            try:
                decrypt(secret, purpose=purpose)
            except LostKeyError:
                moment = written_at(secret)
                lost.append(f"{about} of {moment:%Y-%m-%d}" if moment else about)
    return lost


def _secrets(schema: str) -> Iterator[tuple[str, str, str]]:
    """Yield of each secret in the current schema the row's name, its purpose, and the encrypted text."""
    if stands_here(Authenticator):
        for number, data in Authenticator.objects.order_by("pk").values_list("pk", "data"):
            for secret in [data[name] for name in _SECRETS_OF_AUTHENTICATORS if name in data]:
                yield f"{schema}.mfa_authenticator {number}", PURPOSE, secret
            for secret in data.get(_LIST_OF_AUTHENTICATORS, ()):
                yield f"{schema}.mfa_authenticator {number}", PURPOSE, secret
    for model, column in encrypted_columns():
        if stands_here(model):
            for number, stored in _stored(model, column):
                yield f"{schema}.{model._meta.db_table} {number}", column.purpose, stored  # noqa: SLF001 - documented


def rotate_secrets(schema: str, rotation: Rotation) -> None:
    """Re-encrypt this schema's secrets with the current key, and count them in `rotation`."""
    with schema_context(schema):
        if stands_here(Authenticator):
            for number in list(Authenticator.objects.values_list("pk", flat=True)):
                _attempt(rotation, f"{schema}.mfa_authenticator {number}", lambda number=number: _authenticator(number))  # type: ignore[misc]
        for model, column in encrypted_columns():
            if stands_here(model):
                for number, stored in _stored(model, column):
                    _attempt(
                        rotation,
                        f"{schema}.{model._meta.db_table} {number}",  # noqa: SLF001 - Django documents it
                        lambda row=(model, column, number, stored): _column(*row),  # type: ignore[misc]
                    )


def _attempt(rotation: Rotation, about: str, renew: Callable[[], bool]) -> None:
    try:
        if renew():
            rotation.renewed += 1
        else:
            rotation.present += 1
    except LostKeyError:
        rotation.lost.append(about)


def _authenticator(number: int) -> bool:
    """Re-encrypt this authenticator's secrets if necessary, and return whether it was."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().filter(pk=number).first()
        if held is None:
            return False
        data = dict(held.data)
        for name in _SECRETS_OF_AUTHENTICATORS:
            if name in data:
                data[name] = renewed(data[name], purpose=PURPOSE) or data[name]
        if _LIST_OF_AUTHENTICATORS in data:
            data[_LIST_OF_AUTHENTICATORS] = [
                renewed(code, purpose=PURPOSE) or code for code in data[_LIST_OF_AUTHENTICATORS]
            ]
        if data == held.data:
            return False
        held.data = data
        held.save(update_fields=["data"])
        return True


def _stored(model: type[models.Model], column: EncryptedTextField) -> Iterator[tuple[Any, str]]:
    """Yield the primary key and the encrypted text of each row."""
    rows = model._base_manager.annotate(stored=Cast(column.name, models.TextField()))  # noqa: SLF001 - documented
    yield from list(rows.exclude(stored="").values_list("pk", "stored"))


def _column(model: type[models.Model], column: EncryptedTextField, number: Any, stored: str) -> bool:
    """Re-encrypt this row if necessary, and return whether it was. Skips a row that changed in the meantime."""
    new = renewed(stored, purpose=column.purpose)
    if new is None:
        return False
    rows = model._base_manager.annotate(stored=Cast(column.name, models.TextField()))  # noqa: SLF001 - documented
    rows.filter(pk=number, stored=stored).update(**{column.name: models.Value(new, output_field=models.TextField())})
    return True
