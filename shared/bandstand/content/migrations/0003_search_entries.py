import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0002_changes"),
        ("organizations", "0024_search_entries"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(editable=False, max_length=100)),
                ("object_id", models.BigIntegerField(editable=False)),
                ("words", models.TextField(editable=False)),
                ("vector", django.contrib.postgres.search.SearchVectorField(editable=False)),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
                "ordering": ["kind", "object_id"],
                "default_permissions": (),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="search_entry_vector"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["words"], name="search_entry_words", opclasses=["gin_trgm_ops"]
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "object_id"), name="one_search_entry_per_row")],
            },
        ),
    ]
