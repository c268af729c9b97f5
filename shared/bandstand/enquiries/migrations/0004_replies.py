import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0003_trash")]

    operations = [
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_team", models.BooleanField(default=False, verbose_name="from the team")),
                ("sender_name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("sender_email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                ("text", models.TextField(blank=True, max_length=20000, verbose_name="message")),
                (
                    "attachments",
                    models.PositiveSmallIntegerField(default=0, verbose_name="attachments, which aren't kept"),
                ),
                ("message_id", models.CharField(editable=False, max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="written")),
                (
                    "enquiry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="enquiries.enquiry",
                        verbose_name="enquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "reply",
                "verbose_name_plural": "replies",
                "ordering": ["created_at", "pk"],
                "constraints": [models.UniqueConstraint(fields=("enquiry", "message_id"), name="reply_once_per_email")],
            },
        ),
    ]
