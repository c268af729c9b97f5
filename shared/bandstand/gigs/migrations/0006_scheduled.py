"""When a draft is published by itself. The index holds only the rows that wait for their moment."""

from datetime import UTC, datetime

from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write publish_at, so its bounds refuse nothing"

    dependencies = [
        ("bands", "0010_scheduled"),
        ("gigs", "0005_former_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="publish_at",
            field=bandstand.content.fields.MomentField(
                blank=True,
                help_text="Published by itself at this time. Leave blank to publish by hand.",
                null=True,
                verbose_name="appears on",
            ),
        ),
        migrations.AddIndex(
            model_name="gig",
            index=models.Index(
                condition=models.Q(("publish_at__isnull", False)), fields=["publish_at"], name="gig_publish_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("publish_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("publish_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="gig_publish_at_in_bounds",
            ),
        ),
    ]
