from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0002_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarsource",
            name="partner",
            field=models.BigIntegerField(editable=False, null=True),
        ),
    ]
