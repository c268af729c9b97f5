"""What remembers that a calendar lost a gig, whoever takes it out: whoever subscribed to that one is told for a while.

A gig that visitors no longer see leaves all calendars that had it, and one that they see may leave the calendar of a
band, a tour or a town. What was public of it is copied at that moment, so nothing that is written on the gig afterwards
can follow. The count of changes is raised by two: one for the cancellation, one that the gig has ahead of it if it comes
back; a change of towns counts by itself, there and back. Rows of calendars that have the gig again are taken out. Of a private event not even the town is told, nor is it
found out by asking where it was seen before.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION public.gig_withdrawal_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        was_shown boolean := OLD.trashed_at IS NULL AND OLD.precision <> 'month'
            AND coalesce(OLD.is_published OR OLD.publish_at <= now(), false);
        is_shown boolean := false;
        told_town text := CASE WHEN OLD.is_private THEN '' ELSE OLD.town END;
        new_town text;
        bands uuid[];
        old_tour uuid;
        new_tour uuid;
        losing uuid[] := '{}'; -- calendars that don't have it any more; the zero stands for the portal's
        portal CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
        whose uuid;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        bands := ARRAY(
            SELECT b.uid FROM gigs_appearance a JOIN bands_band b ON b.id = a.band_id
            WHERE a.gig_id = OLD.id AND b.trashed_at IS NULL AND (b.is_published OR b.publish_at <= now())
        );
        SELECT t.uid INTO old_tour FROM tours_tour t
            WHERE t.id = OLD.tour_id AND t.trashed_at IS NULL AND (t.is_published OR t.publish_at <= now());
        IF TG_OP = 'UPDATE' THEN
            is_shown := NEW.trashed_at IS NULL AND NEW.precision <> 'month'
                AND coalesce(NEW.is_published OR NEW.publish_at <= now(), false);
            IF NEW.is_private THEN
                UPDATE gigs_withdrawngig SET town = '' WHERE gig = NEW.uid AND upper(town) = upper(NEW.town);
            END IF;
        END IF;
        IF is_shown THEN
            new_town := CASE WHEN NEW.is_private THEN '' ELSE NEW.town END;
            SELECT t.uid INTO new_tour FROM tours_tour t WHERE t.id = NEW.tour_id;
            DELETE FROM gigs_withdrawngig WHERE gig = NEW.uid AND upper(town) = upper(new_town)
                AND (calendar IS NULL OR calendar = ANY (bands) OR calendar = new_tour);
        END IF;
        IF was_shown AND OLD.starts_at > now() - interval '1 year' THEN
            IF NOT is_shown OR upper(NEW.town) <> upper(OLD.town) AND NOT OLD.is_private THEN
                losing := portal || bands || old_tour;
            ELSIF NEW.tour_id IS DISTINCT FROM OLD.tour_id THEN
                losing := ARRAY[old_tour];
            END IF;
        END IF;
        losing := array_remove(losing, NULL);
        IF losing <> '{}' THEN
            DELETE FROM gigs_withdrawngig WHERE gig = OLD.uid AND upper(town) = upper(told_town)
                AND coalesce(calendar, portal) = ANY (losing);
            FOREACH whose IN ARRAY losing LOOP
                INSERT INTO gigs_withdrawngig (
                    gig, calendar, starts_at, ends_at, precision, time_zone, town, sequence, withdrawn_at
                ) VALUES (
                    OLD.uid, nullif(whose, portal), OLD.starts_at, OLD.ends_at, OLD.precision, OLD.time_zone, told_town,
                    OLD.sequence + 1, now()
                );
            END LOOP;
            IF TG_OP = 'UPDATE' AND (NOT is_shown OR NEW.tour_id IS DISTINCT FROM OLD.tour_id) THEN
                UPDATE gigs_gig SET sequence = OLD.sequence + 2 WHERE id = OLD.id;
            END IF;
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION public.gig_line_up_keep() RETURNS trigger
    LANGUAGE plpgsql SET search_path TO public
    AS $$
    DECLARE
        shown record;
        band uuid;
    BEGIN
        PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', public', true);
        SELECT g.*, CASE WHEN g.is_private THEN '' ELSE g.town END AS told_town INTO shown FROM gigs_gig g
            WHERE g.id = OLD.gig_id AND g.trashed_at IS NULL AND g.precision <> 'month'
            AND (g.is_published OR g.publish_at <= now()) AND g.starts_at > now() - interval '1 year';
        SELECT b.uid INTO band FROM bands_band b
            WHERE b.id = OLD.band_id AND b.trashed_at IS NULL AND (b.is_published OR b.publish_at <= now());
        IF shown.uid IS NOT NULL AND band IS NOT NULL THEN
            DELETE FROM gigs_withdrawngig
                WHERE gig = shown.uid AND calendar = band AND upper(town) = upper(shown.told_town);
            INSERT INTO gigs_withdrawngig (
                gig, calendar, starts_at, ends_at, precision, time_zone, town, sequence, withdrawn_at
            ) VALUES (
                shown.uid, band, shown.starts_at, shown.ends_at, shown.precision, shown.time_zone, shown.told_town,
                shown.sequence + 1, now()
            );
            UPDATE gigs_gig SET sequence = shown.sequence + 2 WHERE id = OLD.gig_id;
        END IF;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0028_unannounced_change")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
