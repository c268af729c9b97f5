"""Senders whose messages count as spam."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BlockedSender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "pattern",
                    models.CharField(
                        error_messages={"unique": "This is on the list already."},
                        help_text="For example spam@example.com, or example.com for everyone there.",
                        max_length=254,
                        unique=True,
                        verbose_name="email address or domain",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="blocked")),
            ],
            options={
                "verbose_name": "blocked sender",
                "verbose_name_plural": "blocked senders",
                "ordering": ["pattern"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pattern", Lower("pattern"))), name="blocked_sender_is_lower_case"
                    )
                ],
            },
        ),
    ]
