from django.db import migrations

import bandstand.content.addressed
import bandstand.content.slugs


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0008_uid"),
        ("content", "0001_former_addresses"),
        ("organizations", "0021_former_addresses"),
    ]

    operations = [
        migrations.AlterField(
            model_name="genre",
            name="slug",
            field=bandstand.content.addressed.AddressField(
                blank=True, max_length=80, unique=True, verbose_name="address"
            ),
        ),
        migrations.AlterField(
            model_name="band",
            name="slug",
            field=bandstand.content.addressed.AddressField(
                blank=True,
                error_messages={"unique": "Another band already has this URL."},
                help_text="Last part of the page's URL. If blank, it is made from the name.",
                validators=[bandstand.content.slugs.validate_not_reserved],
                max_length=80,
                unique=True,
                verbose_name="address",
            ),
        ),
    ]
