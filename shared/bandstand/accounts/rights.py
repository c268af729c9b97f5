"""Answers whether somebody may do something with one row, for roles of the portal and for roles in bands alike."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from bandstand.content.of_bands import path_to_bands, rows_for


class RowBackend(BaseBackend):
    """An authentication backend that logs nobody in. Without a row it leaves the answer to the others.

    Django's own backend answers no as soon as it gets a row, whatever a role allows.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Whether the user may do with the row what `perm` ("app.action_model") says."""
        if obj is None or not user_obj.is_authenticated:
            return False
        if user_obj.has_perm(perm):
            return True
        app, _dot, codename = perm.partition(".")
        action, _line, name = codename.partition("_")
        model = type(obj)
        is_about_it = apps.is_installed(f"bandstand.{app}") and model._meta.label_lower == f"{app}.{name}"  # noqa: SLF001
        if not (is_about_it and path_to_bands(model)):
            return False
        rows = model._base_manager.filter(pk=obj.pk)  # noqa: SLF001 - also a row in the trash
        return bool(rows_for(user_obj, action, rows).exists())
