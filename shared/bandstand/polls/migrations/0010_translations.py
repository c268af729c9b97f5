"""Polls in several languages, and found by all of them."""

import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models

import bandstand.content.fields
from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

CHOICES = ("polls_choice", {"text": "B"}, "question_id")
POLL = ("polls.question", "polls_question", {"text": "A"})
BEFORE = SearchSources(*POLL, (RelatedWords(*CHOICES),))
AFTER = SearchSources(*POLL, (RelatedWords(*CHOICES, translated=("text",)),), translated=("text",))


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"
    dependencies = [
        ("polls", "0009_preview_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="choice",
            name="translations",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                verbose_name="other languages",
            ),
        ),
        migrations.AddField(
            model_name="question",
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
            model_name="choice",
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
                name="poll_choice_translations_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
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
                name="poll_translations_in_bounds",
            ),
        ),
        renew_search_triggers(BEFORE, AFTER),
    ]
