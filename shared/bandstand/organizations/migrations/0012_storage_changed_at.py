"""When the count of a portal's files last changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0011_bounds"),
    ]

    operations = [
        migrations.AddField(
            model_name="usage",
            name="storage_changed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="storage changed"),
        ),
    ]
