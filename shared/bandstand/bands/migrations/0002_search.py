"""What keeps the table of search entries: functions and triggers in the tenant's own schema.

A trigger's function sets the path to the schema of the table that called it, so it works whatever path a caller is on,
and no schema's name stands in it: a schema can be dumped and replayed, or renamed. (The function's own SET clause is
what puts the caller's path back at its end.) Only the extensions' functions are named in `public`.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE bands_searchentry ADD CONSTRAINT bands_searchentry_band_fk
    FOREIGN KEY (band_id) REFERENCES bands_band (id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE;

CREATE FUNCTION bands_search_fold(words text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT lower(public.unaccent(coalesce(words, ''))) $$;

CREATE FUNCTION bands_search_refresh(wanted bigint) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO bands_searchentry (band_id, words, vector)
    SELECT band.id,
           concat_ws(' ', folded.name, folded.genres, folded.members, folded.town),
           setweight(to_tsvector('simple', folded.name), 'A')
               || setweight(to_tsvector('simple', folded.genres), 'B')
               || setweight(to_tsvector('simple', folded.members), 'B')
               || setweight(to_tsvector('simple', folded.town), 'C')
    FROM bands_band band
    CROSS JOIN LATERAL (
        SELECT bands_search_fold(band.name) AS name,
               bands_search_fold(band.town) AS town,
               bands_search_fold((
                   SELECT string_agg(member.name, ' ' ORDER BY member.id)
                   FROM bands_member member WHERE member.band_id = band.id
               )) AS members,
               bands_search_fold((
                   SELECT string_agg(genre.name, ' ' ORDER BY genre.id)
                   FROM bands_genre genre JOIN bands_band_genres link ON link.genre_id = genre.id
                   WHERE link.band_id = band.id
               )) AS genres
    ) folded
    WHERE band.id = wanted
    ON CONFLICT (band_id) DO UPDATE SET words = excluded.words, vector = excluded.vector
    $$;

CREATE FUNCTION bands_search_of_band() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM bands_search_refresh(NEW.id);
        RETURN NULL;
    END $$;

CREATE FUNCTION bands_search_of_part() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_OP IN ('UPDATE', 'DELETE') THEN PERFORM bands_search_refresh(OLD.band_id); END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.band_id <> OLD.band_id) THEN
            PERFORM bands_search_refresh(NEW.band_id);
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION bands_search_of_genre() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        PERFORM bands_search_refresh(link.band_id) FROM bands_band_genres link WHERE link.genre_id = NEW.id;
        RETURN NULL;
    END $$;

CREATE TRIGGER bands_search_band AFTER INSERT OR UPDATE OF name, town ON bands_band
    FOR EACH ROW EXECUTE FUNCTION bands_search_of_band();
CREATE TRIGGER bands_search_member AFTER INSERT OR UPDATE OF name, band_id OR DELETE ON bands_member
    FOR EACH ROW EXECUTE FUNCTION bands_search_of_part();
CREATE TRIGGER bands_search_genres AFTER INSERT OR UPDATE OR DELETE ON bands_band_genres
    FOR EACH ROW EXECUTE FUNCTION bands_search_of_part();
CREATE TRIGGER bands_search_genre AFTER UPDATE OF name ON bands_genre
    FOR EACH ROW EXECUTE FUNCTION bands_search_of_genre();
"""

BACKWARD = """
DROP TRIGGER bands_search_genre ON bands_genre;
DROP TRIGGER bands_search_genres ON bands_band_genres;
DROP TRIGGER bands_search_member ON bands_member;
DROP TRIGGER bands_search_band ON bands_band;
DROP FUNCTION bands_search_of_genre();
DROP FUNCTION bands_search_of_part();
DROP FUNCTION bands_search_of_band();
DROP FUNCTION bands_search_refresh(bigint);
DROP FUNCTION bands_search_fold(text);
ALTER TABLE bands_searchentry DROP CONSTRAINT bands_searchentry_band_fk;
"""


class Migration(migrations.Migration):
    contract = "from before the first release"

    dependencies = [("bands", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
