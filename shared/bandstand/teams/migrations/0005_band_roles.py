"""An invitation may name bands, and the role in each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0004_guests"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="band_roles",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
    ]
