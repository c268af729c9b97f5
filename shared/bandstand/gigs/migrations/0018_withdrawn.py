from django.db import migrations, models

import bandstand.content.identified

WATCHED = ("is_published", "publish_at", "trashed_at", "precision")
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED)
# Named so that it fires after the one that counts changes: what it counts stays.
TRIGGERS = f"""
CREATE TRIGGER gigs_gig_withdrawal_keep AFTER UPDATE OF {", ".join(WATCHED)} ON gigs_gig FOR EACH ROW
    WHEN ({CHANGED}) EXECUTE FUNCTION public.gig_withdrawal_keep();
CREATE TRIGGER gigs_gig_withdrawal_keep_deleted AFTER DELETE ON gigs_gig FOR EACH ROW
    EXECUTE FUNCTION public.gig_withdrawal_keep();
"""


class Migration(migrations.Migration):
    """Gigs that were taken back are told to calendars as cancelled, by what was public of them then."""

    dependencies = [("gigs", "0017_tour"), ("organizations", "0027_withdrawn_gigs")]

    operations = [
        migrations.CreateModel(
            name="WithdrawnGig",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=bandstand.content.identified.UUID7(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("gig", models.UUIDField(verbose_name="permanent identifier of the gig")),
                ("calendar", models.UUIDField(null=True, verbose_name="permanent identifier of the band or tour")),
                ("starts_at", models.DateTimeField(verbose_name="start")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="end")),
                ("precision", models.CharField(max_length=5, verbose_name="when")),
                ("time_zone", models.CharField(max_length=64, verbose_name="time zone")),
                ("town", models.CharField(max_length=120, verbose_name="town")),
                ("sequence", models.PositiveIntegerField()),
                ("withdrawn_at", models.DateTimeField(verbose_name="withdrawn")),
            ],
            options={
                "verbose_name": "withdrawn gig",
                "verbose_name_plural": "withdrawn gigs",
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
