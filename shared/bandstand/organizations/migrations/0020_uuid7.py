"""UUIDs of version 7, drawn by the database, and what keeps them. Source: RFC 9562.

PostgreSQL has `uuidv7()` from 18 on; these have the same name on every version. The 12 bits after the milliseconds hold their
fraction (method 3 of RFC 9562, 6.2), so rows drawn a microsecond apart are in order.
"""

from django.db import migrations

import bandstand.content.identified

FORWARD = """
CREATE FUNCTION public.uuid7_at(moment timestamptz) RETURNS uuid
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        micros bigint := floor(extract(epoch FROM moment) * 1000000);
        fraction integer := micros % 1000 * 4096 / 1000;
        drawn bytea := overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(micros / 1000) FROM 3) FROM 1);
    BEGIN
        RETURN encode(set_byte(set_byte(drawn, 6, 112 | (fraction >> 8)), 7, fraction & 255), 'hex')::uuid;
    END $$;

CREATE FUNCTION public.uuid7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $$ SELECT public.uuid7_at(clock_timestamp()) $$;

CREATE FUNCTION public.uid_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF current_setting('bandstand.uid_is_carried', true) IS DISTINCT FROM 'on' THEN
            RAISE EXCEPTION 'the uid of a row of % never changes', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
"""

BACKWARD = """
DROP FUNCTION public.uid_stays();
DROP FUNCTION public.uuid7();
DROP FUNCTION public.uuid7_at(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0019_search_refresh_by_values")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddField(
            model_name="organization",
            name="uid",
            field=bandstand.content.identified.UidField(),
        ),
    ]
