from django.db import migrations, models

from bandstand.content.recording import record_changes

BEFORE = (
    *("place_id", "preview_secret", "preview_until", "sequence"),
    *("outlets", "share_picture", "share_picture_of", "source_id", "source_uid", "source_said"),
)
UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"


class Migration(migrations.Migration):
    """Gigs that were added together are known as a series."""

    dependencies = [("gigs", "0020_sources")]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="series",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="gig",
            index=models.Index(condition=models.Q(("series__isnull", False)), fields=["series"], name="gig_series"),
        ),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig", unrecorded=BEFORE).sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=(*BEFORE, "series")),
    ]
