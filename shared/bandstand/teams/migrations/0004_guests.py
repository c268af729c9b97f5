"""Guests are invited too. The choices aren't in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0003_owners_log_in_at_the_platform"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="role",
            field=models.CharField(
                choices=[
                    ("owner", "Owner"),
                    ("manager", "Manager"),
                    ("editor", "Editor"),
                    ("member", "Member"),
                    ("guest", "Guest"),
                ],
                default="member",
                max_length=12,
                verbose_name="role",
            ),
        ),
    ]
