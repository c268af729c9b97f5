"""Texts of bands in several languages."""

import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"
    dependencies = [
        ("bands", "0021_texts_in_search_entries"),
        ("media", "0005_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="band",
            name="translations",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                verbose_name="other languages",
            ),
        ),
        migrations.AddConstraint(
            model_name="band",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        models.Func("translations", function="jsonb_typeof", output_field=models.TextField()), "object"
                    ),
                    django.db.models.lookups.LessThanOrEqual(
                        models.Func(
                            django.db.models.functions.comparison.Cast("translations", models.TextField()),
                            function="octet_length",
                            output_field=models.IntegerField(),
                        ),
                        1048576,
                    ),
                ),
                name="band_translations_in_bounds",
            ),
        ),
    ]
