"""Days of the statistics."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CountedDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="day")),
                ("counts", models.JSONField(default=dict)),
                ("batch", models.CharField(default="", editable=False, max_length=32)),
            ],
            options={
                "verbose_name": "day of the statistics",
                "verbose_name_plural": "days of the statistics",
                "ordering": ["-day"],
                "default_permissions": ("view", "change", "delete"),
            },
        ),
    ]
