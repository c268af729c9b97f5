"""What writes the search entries of all kinds: see `bandstand.content.search_sources`. It knows of no kind.

Beside it, for code of the release before: what copies a band's entry to the table that this code reads.
"""

from django.db import migrations

# Arguments of a trigger: kind, the query for its rows' words, the column with the id of the kind's row, and for rows
# that are linked to the kind's rows the table of links and its column with the linked row's id. Read first and written
# then, as a Citus cluster can't push down an INSERT of a query. Of a batch (ADR 54) the transaction's settings hold which
# rows wait, after their schema, and the queries of their kinds. A row that isn't there (any more) gets no entry.
FORWARD = """
CREATE FUNCTION public.search_entries_write(of_kind text, query text, wanted bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        entry record;
    BEGIN
        FOR entry IN EXECUTE
            'SELECT said.id, coalesce(string_agg(folded.words, '' '' ORDER BY said.weight, said.part, said.text), '''') AS words,'
            ' coalesce(string_agg(folded.vector, '' ''), '''')::tsvector AS vector'
            ' FROM (' || query || ') said CROSS JOIN LATERAL public.search_parts(said.text, said.weight) folded'
            ' WHERE said.id = ANY ($1) GROUP BY said.id ORDER BY said.id'
            USING wanted
        LOOP
            INSERT INTO content_searchentry (kind, object_id, words, vector)
            VALUES (of_kind, entry.id, entry.words, entry.vector)
            ON CONFLICT (kind, object_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
        END LOOP;
    END $$;

CREATE FUNCTION public.search_entries_touch(of_kind text, query text, touched bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        waiting text := coalesce(current_setting('bandstand.search_entries_waiting', true), '');
        queries jsonb;
        each bigint;
    BEGIN
        IF split_part(waiting, ',', 1) IS DISTINCT FROM current_schema()::text THEN
            PERFORM public.search_entries_write(of_kind, query, touched);
            RETURN;
        END IF;
        FOREACH each IN ARRAY touched LOOP
            IF position(',' || of_kind || ':' || each || ',' IN waiting) = 0 THEN
                waiting := waiting || of_kind || ':' || each || ',';
            END IF;
        END LOOP;
        PERFORM set_config('bandstand.search_entries_waiting', waiting, true);
        queries := current_setting('bandstand.search_entries_queries');
        IF NOT queries ? of_kind THEN
            queries := queries || jsonb_build_object(of_kind, query);
            PERFORM set_config('bandstand.search_entries_queries', queries::text, true);
        END IF;
    END $$;

CREATE FUNCTION public.search_entries_wait() RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        PERFORM set_config('bandstand.search_entries_waiting', current_schema() || ',', true);
        PERFORM set_config('bandstand.search_entries_queries', '{}', true);
    END $$;

CREATE FUNCTION public.search_entries_catch_up() RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        waiting text[] := string_to_array(current_setting('bandstand.search_entries_waiting'), ',');
        queries jsonb := current_setting('bandstand.search_entries_queries');
        late record;
    BEGIN
        PERFORM set_config('bandstand.search_entries_waiting', '', true);
        FOR late IN
            SELECT split_part(each, ':', 1) AS kind, array_agg(split_part(each, ':', 2)::bigint) AS ids
            FROM unnest(waiting[2:]) AS each WHERE each <> '' GROUP BY 1 ORDER BY 1
        LOOP
            PERFORM public.search_entries_write(late.kind, queries ->> late.kind, late.ids);
        END LOOP;
    END $$;

CREATE FUNCTION public.search_entry_keep() RETURNS trigger
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
            DELETE FROM content_searchentry WHERE kind = TG_ARGV[0] AND object_id = OLD.id;
        ELSE
            touched := ARRAY[NEW.id];
        END IF;
        IF touched <> '{}' THEN
            PERFORM public.search_entries_touch(TG_ARGV[0], TG_ARGV[1], touched);
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION public.bands_search_copy() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        INSERT INTO bands_searchentry (band_id, words, vector) VALUES (NEW.object_id, NEW.words, NEW.vector)
        ON CONFLICT (band_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
        RETURN NULL;
    END $$;
"""

BACKWARD = """
DROP FUNCTION public.bands_search_copy();
DROP FUNCTION public.search_entry_keep();
DROP FUNCTION public.search_entries_catch_up();
DROP FUNCTION public.search_entries_wait();
DROP FUNCTION public.search_entries_touch(text, text, bigint[]);
DROP FUNCTION public.search_entries_write(text, text, bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0023_places")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
