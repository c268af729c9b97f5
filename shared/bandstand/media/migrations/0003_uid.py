from django.db import migrations

import bandstand.content.identified


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0002_remarks_and_credits"),
        ("organizations", "0020_uuid7"),
    ]

    operations = [
        migrations.AddField(
            model_name="picture",
            name="uid",
            field=bandstand.content.identified.UidField(),
        ),
    ]
