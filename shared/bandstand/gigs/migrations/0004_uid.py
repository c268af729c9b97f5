from django.db import migrations

import bandstand.content.identified


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0003_bounds"),
        ("organizations", "0020_uuid7"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="uid",
            field=bandstand.content.identified.UidField(),
        ),
    ]
