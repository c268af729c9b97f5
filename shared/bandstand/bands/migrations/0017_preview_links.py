"""Preview links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.previewing import PreviewSecretField, PreviewUntilField
from bandstand.content.recording import record_changes

UNRECORDED = "DROP TRIGGER content_change_recorded ON bands_band"


class Migration(migrations.Migration):
    dependencies = [("bands", "0016_hidden_members")]

    operations = [
        migrations.AddField("band", "preview_secret", PreviewSecretField()),
        migrations.AddField("band", "preview_until", PreviewUntilField()),
        migrations.RunSQL(UNRECORDED, record_changes("bands_band", kind="bands.band").sql),
        record_changes("bands_band", kind="bands.band", unrecorded=("preview_secret", "preview_until")),
    ]
