"""Why a portal was suspended, and notes of the platform's staff."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0015_last_backup"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="suspension_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=300,
                verbose_name="reason of the suspension",
            ),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "text",
                    models.TextField(
                        help_text="Only the platform's staff can read it.", max_length=4000, verbose_name="note"
                    ),
                ),
                (
                    "created_by",
                    models.CharField(blank=True, editable=False, max_length=254, verbose_name="by"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="organizations.organization",
                        verbose_name="organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "staff note",
                "verbose_name_plural": "staff notes",
                "ordering": ["-pk"],
                "default_permissions": ("add", "view", "delete"),
            },
        ),
    ]
