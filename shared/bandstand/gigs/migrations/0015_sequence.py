from django.db import migrations, models

from bandstand.content.recording import record_changes

WATCHED = ("starts_at", "time_zone", "venue", "address", "town", "status")
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED)
TRIGGER = f"""
CREATE TRIGGER gigs_gig_sequence_raise AFTER UPDATE OF {", ".join(WATCHED)}, sequence ON gigs_gig FOR EACH ROW
    WHEN ({CHANGED} OR NEW.sequence < OLD.sequence)
    EXECUTE FUNCTION public.sequence_raise();
"""
BEFORE = ("place_id", "preview_secret", "preview_until")
UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"


class Migration(migrations.Migration):
    """Gigs count the changes of when, where and whether they take place, as calendars want to know."""

    dependencies = [("gigs", "0014_set_times")]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="sequence",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig", unrecorded=BEFORE).sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=(*BEFORE, "sequence")),
    ]
