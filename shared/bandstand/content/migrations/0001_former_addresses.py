import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(editable=False, max_length=100, verbose_name="kind")),
                ("object_id", models.BigIntegerField(editable=False, verbose_name="row")),
                ("slug", models.CharField(editable=False, max_length=80, verbose_name="address")),
                (
                    "left_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="left on"
                    ),
                ),
            ],
            options={
                "verbose_name": "former address",
                "verbose_name_plural": "former addresses",
                "ordering": ["kind", "slug"],
                "indexes": [models.Index(fields=["kind", "object_id"], name="former_addresses_of_row")],
                "constraints": [models.UniqueConstraint(fields=("kind", "slug"), name="one_row_per_former_address")],
            },
        ),
    ]
