"""How like a row's texts are to a word, and what search offers where nothing matches, found by the index of trigrams."""

from django.db import migrations

# Likeness compares sets of three letters, of which a word of n letters has n + 1, its ends included; of one that begins
# another, that one has n. So it is known where the index of words has the answer. The word comes folded and joined.
#
# `%>` compares with a setting, which holds for this statement alone; `word_similarity(…) >= …` would read every entry.
# The index is asked for the longest word, which the fewest have anything in common with, and the rest is compared.
# An expression of the kind, and a dear function, for the planner: see `bandstand.content.searching` and migration 0010.
FORWARD = """
CREATE FUNCTION public.search_nearness(vector tsvector, texts text, word text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN vector @@ nullif(public.search_lexeme(word), '''''')::tsquery THEN 1
        WHEN vector @@ nullif(public.search_lexeme(word) || ':*', ''''':*')::tsquery THEN length(word) / (length(word) + 1.0)
        ELSE word_similarity(word, texts)
    END::double precision
    $$;

CREATE FUNCTION public.search_alike(of_kind text, at_least double precision, VARIADIC words text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT
    AS $$
    DECLARE
        before text := coalesce(current_setting('pg_trgm.word_similarity_threshold', true), '0.6');
        asked text[] := ARRAY(SELECT public.search_likeness(word) FROM unnest(words) AS word);
        longest text := (SELECT word FROM unnest(asked) AS word ORDER BY length(word) DESC, word LIMIT 1);
        found jsonb;
    BEGIN
        PERFORM set_config('pg_trgm.word_similarity_threshold', at_least::text, true);
        SELECT jsonb_object_agg(entry.object_id, likeness.every) INTO found
        FROM content_searchentry entry
        CROSS JOIN LATERAL (
            SELECT min(word_similarity(word, entry.words)) AS least, sum(word_similarity(word, entry.words)) AS every
            FROM unnest(asked) AS word
        ) AS likeness
        WHERE entry.words %> public.search_likeness(longest) AND coalesce(entry.kind, '') = of_kind
            AND likeness.least >= at_least;
        PERFORM set_config('pg_trgm.word_similarity_threshold', before, true);
        RETURN coalesce(found, '{}');
    END $$;
"""
BACKWARD = """
DROP FUNCTION public.search_alike(text, double precision, text[]);
DROP FUNCTION public.search_nearness(tsvector, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0029_left_calendars")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
