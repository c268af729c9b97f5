import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0016_fields"),
        ("tours", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="tour",
            field=models.ForeignKey(
                blank=True,
                help_text="A tour, a season or a series with a page of its own.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="gigs",
                to="tours.tour",
                verbose_name="tour",
            ),
        ),
    ]
