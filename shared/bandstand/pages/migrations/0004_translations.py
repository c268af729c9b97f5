"""Pages in several languages, and found by all of them."""

import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models

import bandstand.content.fields
from bandstand.content.search_sources import SearchSources, renew_search_triggers

PAGE = ("pages.page", "pages_page", {"title": "A", "summary": "B", "words": "D"})


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"
    dependencies = [
        ("pages", "0003_all_words_in_search_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="page",
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
            model_name="page",
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
                name="page_translations_in_bounds",
            ),
        ),
        renew_search_triggers(SearchSources(*PAGE), SearchSources(*PAGE, translated=("summary", "title", "words"))),
    ]
