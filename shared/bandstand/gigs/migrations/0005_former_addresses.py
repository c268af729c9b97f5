from django.db import migrations

import bandstand.content.addressed


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0004_uid"),
        ("content", "0001_former_addresses"),
        ("organizations", "0021_former_addresses"),
    ]

    operations = [
        migrations.AlterField(
            model_name="gig",
            name="slug",
            field=bandstand.content.addressed.AddressField(
                blank=True,
                error_messages={"unique": "Another gig already has this URL."},
                help_text="Last part of the page's URL. If blank, it is made from the date and the venue.",
                max_length=80,
                unique=True,
                verbose_name="address",
            ),
        ),
    ]
