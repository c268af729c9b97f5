"""Asks a question in each portal, in the words that its own rows give."""

from __future__ import annotations

import pkgutil
from typing import Any

from django.db import migrations

from bandstand.polls import migrations as released

_LAST = max(module.name for module in pkgutil.iter_modules(released.__path__))


def ask(apps: Any, _editor: Any) -> None:
    """Write a row that another tenant can't have."""
    user = apps.get_model("accounts", "User").objects.order_by("pk").first()
    if user is not None:
        apps.get_model("polls", "Question").objects.create(text=f"Who is {user.email}?")


class Migration(migrations.Migration):
    """Changes rows."""

    dependencies = [("polls", _LAST), ("accounts", "0001_initial")]
    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
