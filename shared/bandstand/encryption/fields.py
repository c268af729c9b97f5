"""A model field that encrypts its text."""

from __future__ import annotations

from typing import Any

from django.db import models

from bandstand.content.plain_text import clean_text
from bandstand.encryption.keys import decrypt, encrypt


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database, unless empty. It can't be searched or sorted by.

    Loading it raises LostKeyError if the key is gone, so a model's manager should defer it.
    """

    @property
    def purpose(self) -> str:
        """The purpose that its key is derived for."""
        return str(self).lower()

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(clean_text(text), purpose=self.purpose) if text else text

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        return decrypt(value, purpose=self.purpose) if value else value
