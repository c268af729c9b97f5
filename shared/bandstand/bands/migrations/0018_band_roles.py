"""Roles in bands: who may do what with the rows of one band."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_names_lead_nowhere"),
        ("bands", "0017_preview_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="BandRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("leader", "Leader"), ("editor", "Editor"), ("member", "Member")],
                        default="editor",
                        max_length=10,
                        verbose_name="role in the band",
                    ),
                ),
                (
                    "band",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="band_roles",
                        to="bands.band",
                        verbose_name="band",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="band_roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "role in a band",
                "verbose_name_plural": "roles in bands",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("user", "band"), name="one_role_per_person_and_band")],
            },
        ),
    ]
