"""One column more in a table of `public` that every process uses."""

from __future__ import annotations

import pkgutil

from django.db import migrations, models

from bandstand.jobs import migrations as released

_LAST = max(module.name for module in pkgutil.iter_modules(released.__path__))


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = [("jobs", _LAST)]
    operations = [migrations.AddField("job", "mood", models.TextField(null=True))]
