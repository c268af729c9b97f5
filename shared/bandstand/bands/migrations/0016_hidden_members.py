"""Members whom visitors don't see are nothing that bands are found by. So far there are none, so entries stay."""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

BEFORE = SearchSources(
    "bands.band",
    "bands_band",
    {"name": "A", "town": "C"},
    (
        RelatedWords("bands_genre", {"name": "B"}, "band_id", "bands_band_genres", "genre_id"),
        RelatedWords("bands_member", {"name": "B"}, "band_id"),
    ),
)
AFTER = SearchSources(
    "bands.band",
    "bands_band",
    {"name": "A", "town": "C"},
    (
        RelatedWords("bands_genre", {"name": "B"}, "band_id", "bands_band_genres", "genre_id"),
        RelatedWords("bands_member", {"name": "B"}, "band_id", only_if="is_shown"),
    ),
)


class Migration(migrations.Migration):
    dependencies = [("bands", "0015_persons_of_old_members")]

    operations = [renew_search_triggers(BEFORE, AFTER)]
