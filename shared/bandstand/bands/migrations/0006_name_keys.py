"""Names of genres and instruments are unique by their key. Those that were two and now read alike are told apart.

The second of two gets a number, "KİRCHE (2)", and the portal's log says so. Old code, which knows no key, gets one for its
rows by the trigger. The next release makes the columns NOT NULL.
"""

from django.db import migrations

import bandstand.content.named

FILL = """
CREATE TRIGGER bands_genre_name_key BEFORE INSERT OR UPDATE OF name ON bands_genre
    FOR EACH ROW EXECUTE FUNCTION public.name_key_keep();
CREATE TRIGGER bands_instrument_name_key BEFORE INSERT OR UPDATE OF name ON bands_instrument
    FOR EACH ROW EXECUTE FUNCTION public.name_key_keep();
DO $$
DECLARE
    kind text;
    row_id bigint;
    old_name text;
    new_name text;
    number integer;
    is_taken boolean;
BEGIN
    FOREACH kind IN ARRAY ARRAY['bands_genre', 'bands_instrument'] LOOP
        EXECUTE format(
            'UPDATE %1$I SET name_key = public.name_key(name) WHERE id IN ('
            '    SELECT DISTINCT ON (public.name_key(name)) id FROM %1$I ORDER BY public.name_key(name), id'
            ')', kind
        );
        FOR row_id, old_name IN EXECUTE format('SELECT id, name FROM %I WHERE name_key IS NULL ORDER BY id', kind) LOOP
            number := 1;
            LOOP
                number := number + 1;
                new_name := left(old_name, 50) || ' (' || number || ')';
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE name_key = public.name_key($1))', kind)
                    INTO is_taken USING new_name;
                EXIT WHEN NOT is_taken;
            END LOOP;
            EXECUTE format('UPDATE %I SET name = $1, name_key = public.name_key($1) WHERE id = $2', kind)
                USING new_name, row_id;
            INSERT INTO audit_entry (happened_at, act, origin, actor, target, detail)
                VALUES (now(), 'renamed', 'system', '', old_name, new_name);
        END LOOP;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_renamed"),
        ("bands", "0005_bounds"),
        ("organizations", "0010_names_and_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="genre",
            name="name_key",
            field=bandstand.content.named.NameKeyField(blank=True, editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="instrument",
            name="name_key",
            field=bandstand.content.named.NameKeyField(blank=True, editable=False, null=True, unique=True),
        ),
        migrations.RemoveConstraint(model_name="genre", name="genre_name_is_unique"),
        migrations.RemoveConstraint(model_name="instrument", name="instrument_name_is_unique"),
        migrations.RunSQL(FILL),
    ]
