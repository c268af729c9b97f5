"""Functions that triggers in every portal's schema call: once, in `public`.

PostgreSQL looks a function up by name among those of all schemas, and begins anew whenever any schema gets one. With a
copy in each schema, building a portal beside 11,000 took half as long again.

A trigger's function sets the path to the schema of the table that called it, so it works whatever path a caller is on.
(Its own SET clause is what puts the caller's path back at its end.) What it calls names no schema but the extensions'.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.bands_search_fold(words text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT lower(public.unaccent(coalesce(words, ''))) $$;

CREATE FUNCTION public.bands_search_refresh(wanted bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO bands_searchentry (band_id, words, vector)
        SELECT band.id,
               concat_ws(' ', folded.name, folded.genres, folded.members, folded.town),
               setweight(to_tsvector('simple', folded.name), 'A')
                   || setweight(to_tsvector('simple', folded.genres), 'B')
                   || setweight(to_tsvector('simple', folded.members), 'B')
                   || setweight(to_tsvector('simple', folded.town), 'C')
        FROM bands_band band
        CROSS JOIN LATERAL (
            SELECT public.bands_search_fold(band.name) AS name,
                   public.bands_search_fold(band.town) AS town,
                   public.bands_search_fold((
                       SELECT string_agg(member.name, ' ' ORDER BY member.id)
                       FROM bands_member member WHERE member.band_id = band.id
                   )) AS members,
                   public.bands_search_fold((
                       SELECT string_agg(genre.name, ' ' ORDER BY genre.id)
                       FROM bands_genre genre JOIN bands_band_genres link ON link.genre_id = genre.id
                       WHERE link.band_id = band.id
                   )) AS genres
        ) folded
        WHERE band.id = wanted
        ON CONFLICT (band_id) DO UPDATE SET words = excluded.words, vector = excluded.vector;
    END $$;

CREATE FUNCTION public.bands_search_of_band() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM public.bands_search_refresh(NEW.id);
        RETURN NULL;
    END $$;

CREATE FUNCTION public.bands_search_of_part() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_OP IN ('UPDATE', 'DELETE') THEN PERFORM public.bands_search_refresh(OLD.band_id); END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.band_id <> OLD.band_id) THEN
            PERFORM public.bands_search_refresh(NEW.band_id);
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION public.bands_search_of_genre() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM public.bands_search_refresh(link.band_id) FROM bands_band_genres link WHERE link.genre_id = NEW.id;
        RETURN NULL;
    END $$;
"""

BACKWARD = """
DROP FUNCTION public.bands_search_of_genre();
DROP FUNCTION public.bands_search_of_part();
DROP FUNCTION public.bands_search_of_band();
DROP FUNCTION public.bands_search_refresh(bigint);
DROP FUNCTION public.bands_search_fold(text);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0006_template_history")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
