"""Writes the record of changes: see `bandstand.content.recording`."""

from django.db import migrations

# Arguments of a trigger: kind, part, column with the kind's id, columns to leave out, and for links of parts the
# "table.column" that leads from the part to the kind's row. A form that swaps unique values parks its rows meanwhile,
# with a negative id of their parent (bandstand.content.form_sets): that isn't a change. What is done to a row by the act
# that added it is part of its addition: an import writes one change a row. Of the long texts of a row the newest 30
# are kept. Read first and written then, as a Citus cluster wants it.
FORWARD = """
CREATE FUNCTION public.content_change_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        ignored text[] := string_to_array(TG_ARGV[3], ',');
        is_part boolean := TG_ARGV[1] <> '';
        said jsonb := coalesce(nullif(current_setting('bandstand.changer', true), '')::jsonb, '{}');
        written jsonb;
        before jsonb;
        after jsonb;
        differing jsonb := '{}';
        row_id bigint;
        this_act bigint := coalesce((said ->> 'act')::bigint, pg_current_xact_id()::text::bigint);
        first record;
        done text;
        surplus bigint;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        written := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
        row_id := abs((written ->> TG_ARGV[2])::bigint);
        IF TG_ARGV[4] <> '' THEN
            EXECUTE format(
                'SELECT abs(%I) FROM %I WHERE id = $1', split_part(TG_ARGV[4], '.', 2), split_part(TG_ARGV[4], '.', 1)
            ) INTO row_id USING row_id;
        END IF;
        IF row_id IS NULL THEN
            RETURN NULL;
        END IF;
        IF is_part OR TG_OP = 'UPDATE' THEN
            SELECT part, action, act INTO first FROM content_change
            WHERE kind = TG_ARGV[0] AND object_id = row_id ORDER BY id LIMIT 1;
            IF first.part = '' AND first.action = 'added' AND first.act = this_act THEN
                RETURN NULL;
            END IF;
        END IF;
        IF TG_OP = 'DELETE' THEN
            done := 'deleted';
            SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(value, NULL)), '{}') INTO differing
            FROM jsonb_each(written - ignored) WHERE value NOT IN ('null', '""');
        ELSIF TG_OP = 'INSERT' THEN
            done := 'added';
            IF is_part THEN
                SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(NULL, value)), '{}') INTO differing
                FROM jsonb_each(written - ignored) WHERE value NOT IN ('null', '""');
            END IF;
        ELSE
            done := 'changed';
            before := to_jsonb(OLD) - ignored;
            after := written - ignored;
            IF before = after THEN
                RETURN NULL;
            END IF;
            SELECT jsonb_object_agg(key, jsonb_build_array(before -> key, value)) INTO differing
            FROM jsonb_each(after) WHERE before -> key IS DISTINCT FROM value;
        END IF;
        INSERT INTO content_change (
            kind, object_id, part, part_id, action, at, act, by, user_id, user_name, fields, is_long
        ) VALUES (
            TG_ARGV[0], row_id, TG_ARGV[1], CASE WHEN is_part THEN (written ->> 'id')::bigint END, done, clock_timestamp(),
            this_act, coalesce(said ->> 'by', ''),
            (said ->> 'id')::bigint, coalesce(said ->> 'name', ''), differing, pg_column_size(differing) > 4000
        );
        IF pg_column_size(differing) > 4000 THEN
            SELECT id INTO surplus FROM content_change
            WHERE kind = TG_ARGV[0] AND object_id = row_id AND is_long ORDER BY id DESC OFFSET 30 LIMIT 1;
            IF surplus IS NOT NULL THEN
                UPDATE content_change SET
                    fields = (SELECT jsonb_object_agg(key, NULL) FROM jsonb_object_keys(fields) key), is_long = false
                WHERE id = surplus;
            END IF;
        END IF;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0021_former_addresses")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION public.content_change_record()")]
