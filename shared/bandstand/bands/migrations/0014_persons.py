"""Members refer to a person, which triggers find or make. Those of members of before are made next, in a step of their own.

Triggers of changed members ask for statements that write the name, as Django's do when a row is saved, or that choose a
person. Emptying `person_id` alone, as the deletion of a person does, isn't undone.
"""

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER bands_member_person_find BEFORE INSERT ON bands_member FOR EACH ROW
    EXECUTE FUNCTION public.member_person_keep();
CREATE TRIGGER bands_member_person_keep AFTER UPDATE OF name ON bands_member FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.person_id IS DISTINCT FROM NEW.person_id)
    EXECUTE FUNCTION public.member_person_keep();
CREATE TRIGGER bands_member_person_chosen AFTER UPDATE OF person_id ON bands_member FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id)
    EXECUTE FUNCTION public.member_person_keep();
CREATE TRIGGER people_person_name_follow AFTER UPDATE OF name ON people_person FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION public.person_name_follow();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0013_search_entries"),
        ("organizations", "0025_people"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_default=None,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="memberships",
                to="people.person",
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="section",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="For example, 1st violins or low brass.",
                max_length=60,
                verbose_name="section",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="standing",
            field=models.CharField(
                choices=[("regular", "regular"), ("substitute", "substitute"), ("former", "former")],
                db_default="regular",
                default="regular",
                max_length=10,
                verbose_name="belongs as",
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="is_shown",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="On the band's page, and in the search.",
                verbose_name="shown to visitors",
            ),
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
