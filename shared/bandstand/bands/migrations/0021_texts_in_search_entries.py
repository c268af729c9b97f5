"""Bands are found by the words of their biographies too. Entries of those without one stay as they are."""

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
BEFORE = SearchSources("bands.band", "bands_band", {"name": "A", "town": "C"}, PARTS)
AFTER = SearchSources("bands.band", "bands_band", {"name": "A", "town": "C", "biography": "D"}, PARTS)


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0020_former_search_entries_gone"),
        ("organizations", "0032_search_texts"),
        ("people", "0004_consent"),  # which made the triggers before
    ]

    operations = [renew_search_triggers(BEFORE, AFTER, changed="found.biography <> ''")]
