"""What notes the addresses that rows leave, whoever changes them: form, import, SQL or code of the release before."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.former_address_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        is_taken boolean := true;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF TG_OP = 'DELETE' THEN
            DELETE FROM content_formeraddress WHERE kind = TG_ARGV[0] AND object_id = OLD.id;
            RETURN NULL;
        END IF;
        DELETE FROM content_formeraddress WHERE kind = TG_ARGV[0] AND slug = NEW.slug;
        IF TG_OP = 'UPDATE' AND OLD.slug <> '' THEN
            -- Another row may have taken it in the same statement.
            EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I WHERE slug = $1)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
                INTO is_taken USING OLD.slug;
            IF NOT is_taken THEN
                INSERT INTO content_formeraddress (kind, object_id, slug) VALUES (TG_ARGV[0], NEW.id, OLD.slug)
                ON CONFLICT (kind, slug) DO UPDATE SET object_id = excluded.object_id, left_at = excluded.left_at;
            END IF;
        END IF;
        RETURN NULL;
    END $$;
"""

BACKWARD = "DROP FUNCTION public.former_address_keep();"


class Migration(migrations.Migration):
    dependencies = [("organizations", "0020_uuid7")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
