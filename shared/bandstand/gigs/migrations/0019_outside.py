"""What outlets were told of gigs, and the pictures for shared links. The record of changes leaves the columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField
from bandstand.gigs.outside import OutletsField

UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"
BEFORE = ("place_id", "preview_secret", "preview_until", "sequence")
COLUMNS = ("outlets", "share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("gigs", "0018_withdrawn")]

    operations = [
        migrations.AddField("gig", "outlets", OutletsField()),
        migrations.AddField("gig", "share_picture", SharePictureField()),
        migrations.AddField("gig", "share_picture_of", SharePictureField()),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig", unrecorded=BEFORE).sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=(*BEFORE, *COLUMNS)),
    ]
