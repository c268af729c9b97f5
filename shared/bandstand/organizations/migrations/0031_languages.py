"""The languages on offer are no part of the schema."""

from django.db import migrations, models

import bandstand.content.languages


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0030_search_alike"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organization",
            name="language",
            field=models.CharField(
                choices=bandstand.content.languages.choices, default="en", max_length=10, verbose_name="language"
            ),
        ),
    ]
