"""When each portal's newest backup was taken."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0014_owners_of_other_cells"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="backed_up_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last backup"),
        ),
    ]
