"""Counts mails to one address over the platform and all portals; names of organizations hold no addresses."""

from django.db import migrations, models

import bandstand.content.shown_names


class Migration(migrations.Migration):
    dependencies = [("organizations", "0007_functions_of_portals")]

    operations = [
        migrations.AlterField(
            model_name="organization",
            name="name",
            field=models.CharField(
                max_length=120,
                validators=[bandstand.content.shown_names.validate_shown_name],
                verbose_name="name",
            ),
        ),
        migrations.CreateModel(
            name="RecipientCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.CharField(max_length=64)),
                ("hour", models.DateTimeField()),
                ("mails", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "mails to one address",
                "verbose_name_plural": "mails to one address",
                "ordering": ["hour"],
                "indexes": [models.Index("hour", name="recipient_count_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=["recipient", "hour"], name="one_count_per_recipient_and_hour")
                ],
            },
        ),
    ]
