from django.db import migrations

import bandstand.content.identified


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0007_search_folds"),
        ("organizations", "0020_uuid7"),
    ]

    operations = [
        migrations.AddField(
            model_name="band",
            name="uid",
            field=bandstand.content.identified.UidField(),
        ),
    ]
