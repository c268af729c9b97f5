"""Bands are found by their texts in all languages. There are none yet, so entries stay as they are."""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

PARTS = (
    RelatedWords("bands_genre", {"name": "B"}, "band_id", "bands_band_genres", "genre_id"),
    RelatedWords(
        "bands_member",
        {"name": "B"},
        "band_id",
        only_if="is_shown",
        unless="EXISTS (SELECT 1 FROM portals_portalsettings WHERE minors <> 'no')",
    ),
)
BAND = ("bands.band", "bands_band", {"name": "A", "town": "C", "biography": "D"}, PARTS)


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0022_translations"),
    ]

    operations = [renew_search_triggers(SearchSources(*BAND), SearchSources(*BAND, translated=("biography", "name")))]
