"""Which version of its owners a portal in another cell has, and which cell decides on them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0013_transfer"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="owners_carried",
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="owners_cell",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Who decides on its owners, while that is another cell.",
                max_length=40,
                verbose_name="cell of its owners",
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="owners_version",
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
