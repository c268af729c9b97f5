"""What counts how often something was changed that calendars must know of, whoever changes it.

The triggers name what is watched in their WHEN. A row is counted afterwards: a BEFORE UPDATE trigger would lock it as
if its keys changed. A row that was written by somebody who read it before the last count gets that back.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.sequence_raise() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    BEGIN
        EXECUTE format('UPDATE %I.%I SET sequence = $1 WHERE id = $2', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            USING OLD.sequence + 1, NEW.id;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0025_people")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION public.sequence_raise()")]
