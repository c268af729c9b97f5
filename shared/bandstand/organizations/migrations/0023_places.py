"""What finds the venue of a gig, or makes it, whoever writes the gig; and what writes the venue's words along in its gigs.

Code of the release before writes venue, address, town and zone as texts, and reads them. They stay until a later release.
A gig that is added gets its venue before it is stored, one that is changed afterwards: a BEFORE UPDATE trigger would lock
the row as if its keys changed, which a line-up stored at the same time would have to wait for.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.place_key(name text, town text) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT md5(public.name_key(name) || E'\\n' || public.name_key(town))::uuid $$;

CREATE FUNCTION public.gig_place_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        wanted uuid := public.place_key(NEW.venue, NEW.town);
        place bigint;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF NEW.venue <> '' THEN
            SELECT id INTO place FROM venues_venue WHERE public.place_key(name, town) = wanted;
            IF place IS NULL THEN
                INSERT INTO venues_venue (
                    name, street, postcode, town, country, time_zone, website, access, created_at, updated_at
                ) VALUES (NEW.venue, NEW.address, '', NEW.town, '', NEW.time_zone, '', '', now(), now())
                ON CONFLICT (public.place_key(name, town)) DO NOTHING RETURNING id INTO place;
            END IF;
            IF place IS NULL THEN  -- another session was quicker
                SELECT id INTO place FROM venues_venue WHERE public.place_key(name, town) = wanted;
            END IF;
        END IF;
        IF TG_WHEN = 'AFTER' THEN
            UPDATE gigs_gig SET place_id = place WHERE id = NEW.id AND place_id IS DISTINCT FROM place;
            RETURN NULL;
        END IF;
        NEW.place_id := place;
        RETURN NEW;
    END $$;

CREATE FUNCTION public.venue_words_follow() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        UPDATE gigs_gig SET
            venue = NEW.name,
            town = NEW.town,
            address = CASE WHEN address IN ('', OLD.street) THEN NEW.street ELSE address END,
            starts_at = CASE WHEN time_zone = OLD.time_zone
                THEN starts_at AT TIME ZONE OLD.time_zone AT TIME ZONE NEW.time_zone ELSE starts_at END,
            doors_at = CASE WHEN time_zone = OLD.time_zone
                THEN doors_at AT TIME ZONE OLD.time_zone AT TIME ZONE NEW.time_zone ELSE doors_at END,
            time_zone = CASE WHEN time_zone = OLD.time_zone THEN NEW.time_zone ELSE time_zone END,
            updated_at = now()
        WHERE place_id = NEW.id;
        RETURN NULL;
    END $$;
"""

BACKWARD = """
DROP FUNCTION public.venue_words_follow();
DROP FUNCTION public.gig_place_keep();
DROP FUNCTION public.place_key(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0022_content_changes")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
