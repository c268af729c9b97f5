"""A person for each line of a band's members, also for equal names: whether two are one person, people say.

Triggers rest meanwhile, since nobody changed these members or added these people. Lines without a name get none.
"""

from django.db import migrations

# Not an INSERT of a query, which a Citus cluster can't push down.
FILL = """
ALTER TABLE bands_member DISABLE TRIGGER USER;
ALTER TABLE people_person DISABLE TRIGGER USER;
DO $$
DECLARE
    line record;
    person bigint;
    members bigint[] := '{}';
    people bigint[] := '{}';
BEGIN
    FOR line IN SELECT id, name FROM bands_member WHERE person_id IS NULL AND name <> '' ORDER BY id LOOP
        INSERT INTO people_person (name, sort_name, pronouns, email, phone, notes, created_at, updated_at)
            VALUES (line.name, '', '', '', '', '', now(), now()) RETURNING id INTO person;
        members := members || line.id;
        people := people || person;
    END LOOP;
    UPDATE bands_member SET person_id = made.person
        FROM unnest(members, people) AS made(member, person) WHERE id = made.member;
END $$;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE bands_member ENABLE TRIGGER USER;
ALTER TABLE people_person ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("bands", "0014_persons")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
