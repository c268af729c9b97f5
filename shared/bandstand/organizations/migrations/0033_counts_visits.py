"""Whether an organization has its visits counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0032_search_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="counts_visits",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
    ]
