import django.db.models.deletion
from django.db import migrations, models

import bandstand.encryption.fields


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0004_functions_in_public"),
        ("imports", "0002_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="spreadsheetimport",
            name="confirmed_at",
            field=models.DateTimeField(null=True, verbose_name="confirmed"),
        ),
        migrations.AddField(
            model_name="spreadsheetimport",
            name="decisions",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="spreadsheetimport",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=20, verbose_name="language"),
        ),
        migrations.AddField(
            model_name="spreadsheetimport",
            name="preview",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="spreadsheetimport",
            name="previewed_at",
            field=models.DateTimeField(null=True, verbose_name="read"),
        ),
        migrations.AddField(
            model_name="spreadsheetimport",
            name="refused",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="refused"),
        ),
        migrations.RunSQL(
            "UPDATE imports_spreadsheetimport SET refused = jsonb_array_length(refusals) WHERE refusals <> '[]'",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="PhotoLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("link", bandstand.encryption.fields.EncryptedTextField(blank=True, default="", editable=False)),
                ("row", models.PositiveIntegerField(verbose_name="row")),
                ("asked_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300, verbose_name="what went wrong")),
                (
                    "band",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="bands.band"
                    ),
                ),
                (
                    "of_import",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="photo_links",
                        to="imports.spreadsheetimport",
                    ),
                ),
            ],
            options={
                "verbose_name": "photo by its address",
                "verbose_name_plural": "photos by their addresses",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("band", "digest"), name="photo_link_once_for_a_band")],
            },
        ),
    ]
