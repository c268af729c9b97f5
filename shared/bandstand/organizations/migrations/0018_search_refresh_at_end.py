"""Whoever writes many bands can have the entry of each refreshed once, at the end: see `content.search_entries`.

A batch's rows arrive table by table, so that a band's entry was otherwise written anew with each genre and member. The
bands that wait stand in a setting of the transaction, after their schema. It is taken back with a savepoint, as the rows
are; and where a trigger runs on another node, which doesn't know of it, the entry is refreshed at once, as before.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.bands_search_touch(touched bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        waiting text := coalesce(current_setting('bandstand.search_waiting', true), '');
    BEGIN
        IF split_part(waiting, ',', 1) IS DISTINCT FROM current_schema()::text THEN
            PERFORM public.bands_search_refresh(touched);
        ELSIF position(',' || touched || ',' IN waiting) = 0 THEN
            PERFORM set_config('bandstand.search_waiting', waiting || touched || ',', true);
        END IF;
    END $$;

CREATE FUNCTION public.bands_search_wait() RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        PERFORM set_config('bandstand.search_waiting', current_schema() || ',', true);
    END $$;

CREATE FUNCTION public.bands_search_catch_up() RETURNS void
    LANGUAGE plpgsql
    AS $$
    DECLARE
        waiting text[] := string_to_array(current_setting('bandstand.search_waiting'), ',');
        band bigint;
    BEGIN
        PERFORM set_config('bandstand.search_waiting', '', true);
        FOR band IN
            SELECT each::bigint AS number FROM unnest(waiting[2:]) AS each WHERE each <> '' ORDER BY number
        LOOP
            PERFORM public.bands_search_refresh(band);
        END LOOP;
    END $$;

CREATE OR REPLACE FUNCTION public.bands_search_of_band() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM public.bands_search_touch(NEW.id);
        RETURN NULL;
    END $$;

CREATE OR REPLACE FUNCTION public.bands_search_of_part() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_OP IN ('UPDATE', 'DELETE') THEN PERFORM public.bands_search_touch(OLD.band_id); END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.band_id <> OLD.band_id) THEN
            PERFORM public.bands_search_touch(NEW.band_id);
        END IF;
        RETURN NULL;
    END $$;

CREATE OR REPLACE FUNCTION public.bands_search_of_genre() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM public.bands_search_touch(link.band_id) FROM bands_band_genres link WHERE link.genre_id = NEW.id;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0017_maintenance")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
