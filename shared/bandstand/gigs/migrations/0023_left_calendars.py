from django.db import migrations

WATCHED = ("is_published", "publish_at", "trashed_at", "precision", "town", "is_private", "tour_id")
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED)
# The first one as before, of more columns; named so that it fires after the one that counts changes.
TRIGGERS = f"""
DROP TRIGGER gigs_gig_withdrawal_keep ON gigs_gig;
CREATE TRIGGER gigs_gig_withdrawal_keep AFTER UPDATE OF {", ".join(WATCHED)} ON gigs_gig FOR EACH ROW
    WHEN ({CHANGED}) EXECUTE FUNCTION public.gig_withdrawal_keep();
CREATE TRIGGER gigs_appearance_line_up_keep AFTER UPDATE OF gig_id, band_id ON gigs_appearance FOR EACH ROW
    WHEN (OLD.gig_id <> NEW.gig_id OR OLD.band_id <> NEW.band_id) EXECUTE FUNCTION public.gig_line_up_keep();
CREATE TRIGGER gigs_appearance_line_up_keep_deleted AFTER DELETE ON gigs_appearance FOR EACH ROW
    EXECUTE FUNCTION public.gig_line_up_keep();
"""


class Migration(migrations.Migration):
    """A gig that leaves the calendar of a band, a tour or a town alone is told there as cancelled."""

    dependencies = [("gigs", "0022_fewer_indexes"), ("organizations", "0029_left_calendars")]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
