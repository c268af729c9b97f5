"""One column more, with a default that differs each time: what the lint refuses, and a dependency may bring."""

from __future__ import annotations

import pkgutil
import secrets

from django.db import migrations, models

from bandstand.polls import migrations as released

_LAST = max(module.name for module in pkgutil.iter_modules(released.__path__))


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = [("polls", _LAST)]
    operations = [migrations.AddField("question", "token", models.CharField(max_length=64, default=secrets.token_hex))]
