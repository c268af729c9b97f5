import django.db.models.deletion
from django.db import migrations, models

from bandstand.content.recording import record_changes

BEFORE = (
    *("place_id", "preview_secret", "preview_until", "sequence"),
    *("outlets", "share_picture", "share_picture_of"),
)
UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"


class Migration(migrations.Migration):
    """Which calendar a gig comes from, and what that says of it. The record of changes leaves these columns out."""

    contract = "code of the release before writes none of these columns, so the constraint refuses nothing"

    dependencies = [
        ("calendars", "0001_initial"),
        ("gigs", "0019_outside"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="source",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="gigs",
                to="calendars.calendarsource",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="source_uid",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="gig",
            name="source_said",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source__isnull", False)),
                fields=("source", "source_uid"),
                name="gig_once_of_a_calendar",
            ),
        ),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig", unrecorded=BEFORE).sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=(*BEFORE, "source_id", "source_uid", "source_said")),
    ]
