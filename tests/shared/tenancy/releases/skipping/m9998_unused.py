"""Of the next release, whose code stops using the column; the database fills it."""

from __future__ import annotations

import pkgutil

from django.db import migrations, models

from bandstand.polls import migrations as released

_LAST = max(module.name for module in pkgutil.iter_modules(released.__path__))


class Migration(migrations.Migration):
    dependencies = [("polls", _LAST)]
    operations = [migrations.AlterField("question", "closes_at", models.DateTimeField(null=True))]
