"""One column more."""

from __future__ import annotations

import pkgutil

from django.db import migrations, models

from bandstand.polls import migrations as released

_LAST = max(module.name for module in pkgutil.iter_modules(released.__path__))


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = [("polls", _LAST)]
    operations = [migrations.AddField("question", "mood", models.TextField(null=True))]
