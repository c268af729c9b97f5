"""Consent to names and pictures. In portals that teach minors, bands aren't found by members' names.

So far no portal does, so entries stay as they are.
"""

from django.db import migrations, models

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

GENRES = RelatedWords("bands_genre", {"name": "B"}, "band_id", "bands_band_genres", "genre_id")
BEFORE = SearchSources(
    "bands.band",
    "bands_band",
    {"name": "A", "town": "C"},
    (GENRES, RelatedWords("bands_member", {"name": "B"}, "band_id", only_if="is_shown")),
)
AFTER = SearchSources(
    "bands.band",
    "bands_band",
    {"name": "A", "town": "C"},
    (
        GENRES,
        RelatedWords(
            "bands_member",
            {"name": "B"},
            "band_id",
            only_if="is_shown",
            unless="EXISTS (SELECT 1 FROM portals_portalsettings WHERE minors <> 'no')",
        ),
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0018_band_roles"),
        ("people", "0003_merging"),
        ("portals", "0009_minors"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="name_consent_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="consent to the name"),
        ),
        migrations.AddField(
            model_name="person",
            name="name_consent_by",
            field=models.CharField(
                db_default="",
                default="",
                editable=False,
                max_length=254,
                verbose_name="consent to the name recorded by",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="picture_consent_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="consent to pictures"),
        ),
        migrations.AddField(
            model_name="person",
            name="picture_consent_by",
            field=models.CharField(
                db_default="",
                default="",
                editable=False,
                max_length=254,
                verbose_name="consent to pictures recorded by",
            ),
        ),
        renew_search_triggers(BEFORE, AFTER),
    ]
