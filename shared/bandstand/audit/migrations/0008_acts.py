"""Acts are named by a function, so that a new one needs no migration. No statement is run."""

from django.db import migrations, models

import bandstand.audit.models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0007_emergencies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="act",
            field=models.CharField(choices=bandstand.audit.models.acts, max_length=30, verbose_name="what"),
        ),
    ]
