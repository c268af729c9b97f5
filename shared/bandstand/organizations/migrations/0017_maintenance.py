"""The switch that makes the platform read-only."""

import datetime as dt

from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0016_suspensions_and_notes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                ("id", models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "is_on",
                    models.BooleanField(
                        default=False,
                        help_text="Portals are shown, but nobody except staff can save anything.",
                        verbose_name="read-only",
                    ),
                ),
                (
                    "until",
                    bandstand.content.fields.MomentField(
                        blank=True,
                        help_text="Whoever wants to save something is told so.",
                        null=True,
                        verbose_name="probably until",
                    ),
                ),
            ],
            options={
                "verbose_name": "maintenance",
                "verbose_name_plural": "maintenance",
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="maintenance_is_one_row"),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(
                            ("until__gte", dt.datetime(1899, 12, 31, 0, 0, tzinfo=dt.UTC)),
                            ("until__lt", dt.datetime(2201, 1, 2, 0, 0, tzinfo=dt.UTC)),
                        ),
                        name="maintenance_until_in_bounds",
                    ),
                ],
            },
        ),
    ]
