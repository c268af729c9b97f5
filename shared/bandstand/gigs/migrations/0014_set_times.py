"""When each band of a gig goes on stage."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0013_preview_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="appearance",
            name="on_stage_at",
            field=models.TimeField(
                blank=True, help_text="Local time at the venue.", null=True, verbose_name="on stage"
            ),
        ),
    ]
