import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0027_withdrawn_gigs"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnannouncedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(max_length=100)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "unannounced change",
                "verbose_name_plural": "unannounced changes",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
    ]
