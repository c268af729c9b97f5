"""Preview links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.previewing import PreviewSecretField, PreviewUntilField
from bandstand.content.recording import record_changes

UNRECORDED = "DROP TRIGGER content_change_recorded ON gigs_gig"


class Migration(migrations.Migration):
    dependencies = [("gigs", "0012_search_by_ids")]

    operations = [
        migrations.AddField("gig", "preview_secret", PreviewSecretField()),
        migrations.AddField("gig", "preview_until", PreviewUntilField()),
        migrations.RunSQL(UNRECORDED, record_changes("gigs_gig", kind="gigs.gig", unrecorded=("place_id",)).sql),
        record_changes("gigs_gig", kind="gigs.gig", unrecorded=("place_id", "preview_secret", "preview_until")),
    ]
