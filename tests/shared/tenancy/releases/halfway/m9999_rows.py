"""Writes to the new column, and fails where a question is called "Poison"."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def fill(apps: Any, _editor: Any) -> None:
    """Fill the column."""
    questions = apps.get_model("polls", "Question").objects
    questions.update(mood="merry")
    if questions.filter(text="Poison").exists():
        raise ValueError("a question that nobody expected")


class Migration(migrations.Migration):
    """Changes rows."""

    dependencies = [("polls", "m9998_column")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    atomic = False
