"""A column whose text only this program reads."""

from __future__ import annotations

from typing import Any

from django.db import models

from bandstand.content.plain_text import clean_text
from bandstand.encryption.keys import decrypt, encrypt


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that stands in the table encrypted, empty text excepted. It can't be searched for or sorted by.

    Reading it raises LostKeyError where the key is gone, so a model's manager had better defer it.
    """

    @property
    def purpose(self) -> str:
        """What its key is made for."""
        return str(self).lower()

    def get_prep_value(self, value: Any) -> Any:
        """Return what stands in the table."""
        text = super().get_prep_value(value)
        return encrypt(clean_text(text), purpose=self.purpose) if text else text

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        """Return what was written."""
        return decrypt(value, purpose=self.purpose) if value else value
