"""Names of people hold no addresses. Forms keep to it; rows stay as they are until somebody changes them."""

from django.db import migrations, models

import bandstand.content.shown_names


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_no_pattern_indexes")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="name",
            field=models.CharField(
                blank=True,
                max_length=120,
                validators=[bandstand.content.shown_names.validate_shown_name],
                verbose_name="name",
            ),
        ),
    ]
