"""Languages of a portal, and its texts in them."""

import django.contrib.postgres.fields
import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models

import bandstand.content.fields
import bandstand.content.languages


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"
    dependencies = [
        ("media", "0005_fewer_indexes"),
        ("portals", "0014_design"),
    ]

    operations = [
        migrations.AddField(
            model_name="portalsettings",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=bandstand.content.languages.choices, max_length=20),
                blank=True,
                db_default=[],
                default=list,
                help_text="Visitors find your portal in these languages too, at addresses such as /de/. Texts get a second field for each; where you leave one blank, visitors see the text in your main language.",
                size=None,
                verbose_name="further languages",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
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
            model_name="portalsettings",
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
                name="portal_translations_in_bounds",
            ),
        ),
    ]
