"""The languages on offer are no part of the schema."""

from django.db import migrations, models

import bandstand.content.languages


class Migration(migrations.Migration):
    dependencies = [
        ("news", "0002_recorded_and_searched"),
    ]

    operations = [
        migrations.AlterField(
            model_name="post",
            name="language",
            field=models.CharField(
                blank=True,
                choices=bandstand.content.languages.choices,
                help_text="If it isn't the portal's.",
                max_length=20,
                verbose_name="language",
            ),
        ),
    ]
