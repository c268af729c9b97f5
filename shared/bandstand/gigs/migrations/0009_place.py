"""Gigs refer to their venue, which a trigger finds or makes. Old gigs' venues are made next, in a step of their own.

The trigger of changed gigs asks for statements that write the words, as Django's do when a gig is saved. Emptying
`place_id` alone, as the deletion of a venue does, isn't undone.
"""

import django.db.models.deletion
from django.db import migrations, models

from bandstand.content.recording import record_changes

TRIGGERS = """
CREATE TRIGGER gigs_gig_place_find BEFORE INSERT ON gigs_gig FOR EACH ROW EXECUTE FUNCTION public.gig_place_keep();
CREATE TRIGGER gigs_gig_place_keep AFTER UPDATE OF venue, town ON gigs_gig FOR EACH ROW
    WHEN (OLD.venue <> NEW.venue OR OLD.town <> NEW.town OR OLD.place_id IS DISTINCT FROM NEW.place_id)
    EXECUTE FUNCTION public.gig_place_keep();
CREATE TRIGGER venues_venue_words_follow AFTER UPDATE OF name, street, town, time_zone ON venues_venue FOR EACH ROW
    WHEN (
        OLD.name <> NEW.name OR OLD.street <> NEW.street OR OLD.town <> NEW.town OR OLD.time_zone <> NEW.time_zone
    )
    EXECUTE FUNCTION public.venue_words_follow();
"""
UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0008_recorded"),
        ("venues", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="place",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="gigs",
                to="venues.venue",
                verbose_name="venue",
            ),
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig").sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=("place_id",)),
    ]
