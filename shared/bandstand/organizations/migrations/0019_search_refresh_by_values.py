"""What a band is found by is read first and written then, as a Citus cluster can't push down an INSERT of a query.

Citus 13 writes the condition for a table without shard key as `AND ( IS NOT NULL)` into the statement for the node.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION public.bands_search_refresh(wanted bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        entry record;
    BEGIN
        SELECT band.id, coalesce(made.words, '') AS words, coalesce(made.vector, '')::tsvector AS vector
        INTO entry
        FROM bands_band band
        CROSS JOIN LATERAL (
            SELECT string_agg(said.words, ' ' ORDER BY said.weight, said.id) AS words,
                   string_agg(said.vector, ' ') AS vector
            FROM (
                SELECT parts.weight, parts.id, folded.words, folded.vector
                FROM (
                    SELECT band.name, 'A' AS weight, 0::bigint AS id
                    UNION ALL
                    SELECT genre.name, 'B', genre.id
                    FROM bands_genre genre JOIN bands_band_genres link ON link.genre_id = genre.id
                    WHERE link.band_id = band.id
                    UNION ALL
                    SELECT member.name, 'B', member.id FROM bands_member member WHERE member.band_id = band.id
                    UNION ALL
                    SELECT band.town, 'C', 0
                ) parts
                CROSS JOIN LATERAL public.search_parts(parts.name, parts.weight) folded
            ) said
        ) made
        WHERE band.id = wanted;
        IF FOUND THEN
            INSERT INTO bands_searchentry (band_id, words, vector) VALUES (entry.id, entry.words, entry.vector)
            ON CONFLICT (band_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
        END IF;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0018_search_refresh_at_end")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
