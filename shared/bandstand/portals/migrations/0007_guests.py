"""A second step may be asked of guests too. The choices aren't in the database."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portals", "0006_colour_as_it_is"),
    ]

    operations = [
        migrations.AlterField(
            model_name="portalsettings",
            name="second_factor_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("owner", "Owner"),
                        ("manager", "Manager"),
                        ("editor", "Editor"),
                        ("member", "Member"),
                        ("guest", "Guest"),
                    ],
                    max_length=20,
                ),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
                size=None,
            ),
        ),
    ]
