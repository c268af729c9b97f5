"""Search entries hold running texts, words of any length, and what the team alone finds, apart.

`search_texts` does what `search_parts` did for names, and more: it cuts words that no index takes (a lexeme has 2,046
bytes at most), and of texts, which have the weight D, it takes each word once, without its place. Likeness is compared
with names alone: with a long text it would take milliseconds a row. Of scripts without spaces `words` has those runs,
in which parts are looked for.

A kind some of whose words visitors mustn't find says so in its query (`said.hidden`). A row that has such words gets a
second entry without them, whose kind ends in `.shown`. Triggers of the release before have queries without that column.

`search_alike_among` is `search_alike` for several kinds at once; it answers with entries' keys. `search_name_is` asks for
names that have all of a query's words, in its order, and mostly no others.
"""

from importlib import import_module

from django.db import migrations

_before = import_module("bandstand.organizations.migrations.0010_names_and_search")

PUNCTUATION, marks = _before.PUNCTUATION, _before.marks
# As in `bandstand.content.searching`.
WITHOUT_SPACES = r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\ud7ff\uf900-\uffef\U00010000-\U0010ffff"
COMBINING, NOT_SPACING = marks(combining_only=True), marks(combining_only=False)

FORWARD = rf"""
CREATE OR REPLACE FUNCTION public.search_texts(text text, weight text, OUT words text, OUT vector text)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        folded text;
        decomposed text;
        form text;
        forms text[];
        found text[] := '{{}}';
    BEGIN
        IF weight = 'D' THEN
            folded := public.search_fold(regexp_replace(text, '\]\([^()[:space:]]*', '] ', 'g'));
        ELSE
            folded := public.search_fold(text);
        END IF;
        IF folded ~ '^[a-z0-9 ]+$' AND weight <> 'D' THEN
            words := folded;
            found := ARRAY(SELECT left(word, 500) FROM unnest(string_to_array(folded, ' ')) AS word);
            IF cardinality(found) > 1 THEN
                found := found || left(replace(folded, ' ', ''), 500);
            END IF;
            SELECT string_agg(word || ':' || place || weight, ' ') INTO vector
            FROM unnest(found) WITH ORDINALITY AS w (word, place);
            RETURN;
        END IF;
        forms := ARRAY[folded];
        IF weight <> 'D' OR octet_length(folded) > length(folded) THEN
            decomposed := normalize(folded, NFD);
            forms := forms || normalize(regexp_replace(decomposed, '[{COMBINING}]', '', 'g'), NFC)
                || normalize(regexp_replace(decomposed, '[{NOT_SPACING}]', '', 'g'), NFC);
        END IF;
        FOREACH form IN ARRAY forms LOOP
            found := found
                || ARRAY(
                    SELECT public.search_join(word) FROM unnest(string_to_array(form, ' ')) AS word
                    WHERE weight <> 'D' OR word ~ '[^{PUNCTUATION}][{PUNCTUATION}]+[^{PUNCTUATION}]'
                )
                || regexp_split_to_array(form, '[ {PUNCTUATION}]+');
            IF weight <> 'D' THEN
                found := found || public.search_join(replace(form, ' ', ''));
            END IF;
        END LOOP;
        IF weight = 'D' THEN
            words := (SELECT string_agg(run[1], ' ') FROM regexp_matches(folded, '[{WITHOUT_SPACES}]+', 'g') AS run);
            SELECT string_agg(DISTINCT public.search_lexeme(word), ' ') INTO vector
            FROM unnest(found) AS word WHERE word <> '';
        ELSE
            words := (
                SELECT string_agg(public.search_join(word), ' ' ORDER BY place)
                FROM unnest(string_to_array(folded, ' ')) WITH ORDINALITY AS w (word, place)
            );
            SELECT string_agg(public.search_lexeme(word) || ':' || place || weight, ' ') INTO vector
            FROM unnest(found) WITH ORDINALITY AS w (word, place)
            WHERE word <> '';
        END IF;
    END $$;

CREATE OR REPLACE FUNCTION public.search_entries_store(of_kind text, query text, hidden text, wanted bigint[])
    RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
    DECLARE
        entry record;
        hiding bigint[] := '{{}}';
    BEGIN
        FOR entry IN EXECUTE
            'SELECT said.id, bool_or(' || hidden || ') AS hides,'
            ' coalesce(string_agg(folded.words, '' '' ORDER BY said.weight, said.part, said.text), '''') AS words,'
            ' coalesce(string_agg(folded.vector, '' ''), '''')::tsvector AS vector'
            ' FROM (' || query || ') said'
            ' CROSS JOIN LATERAL public.search_texts(nullif(said.text, ''''), said.weight) folded'
            ' WHERE said.id = ANY ($1) GROUP BY said.id ORDER BY said.id'
            USING wanted
        LOOP
            INSERT INTO content_searchentry (kind, object_id, words, vector)
            VALUES (of_kind, entry.id, entry.words, entry.vector)
            ON CONFLICT (kind, object_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
            IF entry.hides THEN
                hiding := hiding || entry.id;
            END IF;
        END LOOP;
        RETURN hiding;
    END $$;

CREATE OR REPLACE FUNCTION public.search_entries_write(of_kind text, query text, wanted bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        hiding bigint[];
    BEGIN
        IF position('said.hidden' IN query) = 0 THEN
            PERFORM public.search_entries_store(of_kind, query, 'false', wanted);
            RETURN;
        END IF;
        hiding := public.search_entries_store(of_kind, query, 'said.hidden', wanted);
        IF hiding <> '{{}}' THEN
            PERFORM public.search_entries_store(
                of_kind || '.shown',
                'SELECT said.id, said.weight, said.part, CASE WHEN NOT said.hidden THEN said.text END AS text FROM ('
                || query || ') said',
                'false',
                hiding
            );
        END IF;
        DELETE FROM content_searchentry
        WHERE kind = of_kind || '.shown' AND object_id = ANY (wanted) AND NOT object_id = ANY (hiding);
    END $$;

CREATE OR REPLACE FUNCTION public.search_entry_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        touched bigint[];
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_ARGV[3] <> '' THEN
            EXECUTE format('SELECT array_agg(%I) FROM %I WHERE %I = $1', TG_ARGV[2], TG_ARGV[3], TG_ARGV[4])
                INTO touched USING NEW.id;
        ELSIF TG_ARGV[2] <> 'id' THEN
            touched := ARRAY(
                SELECT DISTINCT (written ->> TG_ARGV[2])::bigint FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) written
                WHERE written IS NOT NULL ORDER BY 1
            );
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM content_searchentry WHERE kind IN (TG_ARGV[0], TG_ARGV[0] || '.shown') AND object_id = OLD.id;
        ELSE
            touched := ARRAY[NEW.id];
        END IF;
        IF touched <> '{{}}' THEN
            PERFORM public.search_entries_touch(TG_ARGV[0], TG_ARGV[1], touched);
        END IF;
        RETURN NULL;
    END $$;

CREATE OR REPLACE FUNCTION public.search_name_is(name text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (public.search_lexeme(public.search_join(replace(public.search_fold(name), ' ', ''))) || ':A')::tsquery $$;

CREATE OR REPLACE FUNCTION public.search_alike_among(of_kinds text[], at_least double precision, VARIADIC words text[])
    RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT
    AS $$
    DECLARE
        before text := coalesce(current_setting('pg_trgm.word_similarity_threshold', true), '0.6');
        asked text[] := ARRAY(SELECT public.search_likeness(word) FROM unnest(words) AS word);
        longest text := (SELECT word FROM unnest(asked) AS word ORDER BY length(word) DESC, word LIMIT 1);
        found jsonb;
    BEGIN
        PERFORM set_config('pg_trgm.word_similarity_threshold', at_least::text, true);
        SELECT jsonb_object_agg(entry.id, likeness.every) INTO found
        FROM content_searchentry entry
        CROSS JOIN LATERAL (
            SELECT min(word_similarity(word, entry.words)) AS least, sum(word_similarity(word, entry.words)) AS every
            FROM unnest(asked) AS word
        ) AS likeness
        WHERE entry.words %> public.search_likeness(longest) AND coalesce(entry.kind, '') = ANY (of_kinds)
            AND likeness.least >= at_least;
        PERFORM set_config('pg_trgm.word_similarity_threshold', before, true);
        RETURN coalesce(found, '{{}}');
    END $$;
"""  # noqa: S608 # made of constants


class Migration(migrations.Migration):
    dependencies = [("organizations", "0031_languages")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
