"""What remembers that visitors no longer see a gig, whoever takes it back: calendars that have it are told for a while.

It copies what was public when it was taken back, so nothing that is written on the gig afterwards can follow: of a private
event not even the town. A gig whose date is to be announced is in no calendar. The count
of changes is raised by two: one for the cancellation, one that the gig has ahead of it when it is shown again.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION public.gig_withdrawal_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        was_shown boolean := OLD.trashed_at IS NULL AND OLD.precision <> 'month'
            AND coalesce(OLD.is_published OR OLD.publish_at <= now(), false);
        told_town text := CASE WHEN OLD.is_private THEN '' ELSE OLD.town END;
        is_shown boolean := TG_OP = 'UPDATE';
        whose uuid;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        IF is_shown THEN
            is_shown := NEW.trashed_at IS NULL AND NEW.precision <> 'month' AND coalesce(NEW.is_published OR NEW.publish_at <= now(), false);
        END IF;
        IF is_shown THEN
            DELETE FROM gigs_withdrawngig WHERE gig = NEW.uid;
        ELSIF was_shown AND OLD.starts_at > now() - interval '1 year' THEN
            DELETE FROM gigs_withdrawngig WHERE gig = OLD.uid;
            INSERT INTO gigs_withdrawngig (
                gig, calendar, starts_at, ends_at, precision, time_zone, town, sequence, withdrawn_at
            ) VALUES (
                OLD.uid, NULL, OLD.starts_at, OLD.ends_at, OLD.precision, OLD.time_zone, told_town, OLD.sequence + 1, now()
            );
            FOR whose IN
                SELECT b.uid FROM gigs_appearance a JOIN bands_band b ON b.id = a.band_id
                WHERE a.gig_id = OLD.id AND b.trashed_at IS NULL AND (b.is_published OR b.publish_at <= now())
                UNION ALL
                SELECT t.uid FROM tours_tour t
                WHERE t.id = OLD.tour_id AND t.trashed_at IS NULL AND (t.is_published OR t.publish_at <= now())
            LOOP
                INSERT INTO gigs_withdrawngig (
                    gig, calendar, starts_at, ends_at, precision, time_zone, town, sequence, withdrawn_at
                ) VALUES (
                    OLD.uid, whose, OLD.starts_at, OLD.ends_at, OLD.precision, OLD.time_zone, told_town,
                    OLD.sequence + 1, now()
                );
            END LOOP;
            IF TG_OP = 'UPDATE' THEN
                UPDATE gigs_gig SET sequence = OLD.sequence + 2 WHERE id = OLD.id;
            END IF;
        END IF;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0026_sequences")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION public.gig_withdrawal_keep()")]
