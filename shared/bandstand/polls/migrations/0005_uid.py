from django.db import migrations

import bandstand.content.identified


class Migration(migrations.Migration):
    dependencies = [
        ("polls", "0004_bounds"),
        ("organizations", "0020_uuid7"),
    ]

    operations = [
        migrations.AddField(
            model_name="question",
            name="uid",
            field=bandstand.content.identified.UidField(),
        ),
    ]
