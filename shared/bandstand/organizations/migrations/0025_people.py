"""What gives a band's member a person, whoever writes the row, and what keeps the names of both alike.

Code of the release before writes members by name alone, and reads the name. A member that is added gets its person before
it is stored; see gigs' venues (0023) for why a changed one does so afterwards. One name never makes two members one person.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.person_make(name text) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
    DECLARE
        person bigint;
    BEGIN
        INSERT INTO people_person (name, sort_name, pronouns, email, phone, notes, created_at, updated_at)
            VALUES (name, '', '', '', '', '', now(), now()) RETURNING id INTO person;
        RETURN person;
    END $$;

CREATE FUNCTION public.member_person_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        known text;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_OP = 'INSERT' THEN
            IF NEW.person_id IS NOT NULL THEN
                SELECT name INTO known FROM people_person WHERE id = NEW.person_id;
                NEW.name := coalesce(known, NEW.name);
            ELSIF NEW.name <> '' THEN
                NEW.person_id := public.person_make(NEW.name);
            END IF;
            RETURN NEW;
        END IF;
        IF NEW.person_id IS NOT NULL AND NEW.person_id IS DISTINCT FROM OLD.person_id THEN
            -- Another person was chosen, whose name counts.
            UPDATE bands_member member SET name = person.name FROM people_person person
                WHERE member.id = NEW.id AND person.id = NEW.person_id AND member.name <> person.name;
        ELSIF OLD.person_id IS NOT NULL THEN
            IF NEW.person_id IS NULL THEN  -- of a row that Django made and saves again
                UPDATE bands_member SET person_id = OLD.person_id WHERE id = NEW.id;
            END IF;
            UPDATE people_person SET name = NEW.name, updated_at = now()
                WHERE id = OLD.person_id AND NEW.name <> '' AND NEW.name <> OLD.name AND name <> NEW.name;
        ELSIF NEW.name <> '' AND NEW.name <> OLD.name THEN
            UPDATE bands_member SET person_id = public.person_make(NEW.name) WHERE id = NEW.id;
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION public.person_name_follow() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        UPDATE bands_member SET name = NEW.name WHERE person_id = NEW.id AND name <> NEW.name;
        RETURN NULL;
    END $$;
"""

BACKWARD = """
DROP FUNCTION public.person_name_follow();
DROP FUNCTION public.member_person_keep();
DROP FUNCTION public.person_make(text);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0024_search_entries")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
