"""Whether somebody wants emails about listings of bands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="emailchoice",
            name="listings",
            field=models.BooleanField(db_default=True, default=True, verbose_name="listings of bands"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("message", "New message"),
                    ("import", "Failed import"),
                    ("quota", "Limit of the plan"),
                    ("invitation", "Bounced invitation"),
                    ("listing", "Listing of a band"),
                ],
                editable=False,
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]
