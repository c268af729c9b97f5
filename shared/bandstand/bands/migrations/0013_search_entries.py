"""Bands are found by content's search entries. Code of the release before goes on with its own table.

Its rows are copied as they stand; from then on a trigger copies each entry back. The triggers that called the functions
of bands alone go; those functions stay in `public` for portals that aren't migrated yet.
"""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, keep_search_entries

OLD_TRIGGERS_GO = """
DROP TRIGGER bands_search_genre ON bands_genre;
DROP TRIGGER bands_search_genres ON bands_band_genres;
DROP TRIGGER bands_search_member ON bands_member;
DROP TRIGGER bands_search_band ON bands_band;
"""
# Not an INSERT of a query, which a Citus cluster can't push down.
COPY = """
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT band_id, words, vector FROM bands_searchentry ORDER BY band_id LOOP
        INSERT INTO content_searchentry (kind, object_id, words, vector)
        VALUES ('bands.band', entry.band_id, entry.words, entry.vector);
    END LOOP;
END $$;
"""
COPY_BACK = """
CREATE TRIGGER search_of_release_before AFTER INSERT OR UPDATE ON content_searchentry FOR EACH ROW
    WHEN (NEW.kind = 'bands.band') EXECUTE FUNCTION public.bands_search_copy();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0012_recorded"),
        ("content", "0003_search_entries"),
    ]

    operations = [
        migrations.RunSQL(OLD_TRIGGERS_GO),
        keep_search_entries(
            SearchSources(
                "bands.band",
                "bands_band",
                {"name": "A", "town": "C"},
                (
                    RelatedWords("bands_genre", {"name": "B"}, "band_id", "bands_band_genres", "genre_id"),
                    RelatedWords("bands_member", {"name": "B"}, "band_id"),
                ),
            ),
            fill=COPY,
        ),
        migrations.RunSQL(COPY_BACK),
    ]
