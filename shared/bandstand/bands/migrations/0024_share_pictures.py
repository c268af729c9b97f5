"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON bands_band"
BEFORE = ("preview_secret", "preview_until")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("bands", "0023_search_in_languages")]

    operations = [
        *(migrations.AddField("band", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(UNRECORDED, record_changes("bands_band", kind="bands.band", unrecorded=BEFORE).sql),
        record_changes("bands_band", kind="bands.band", unrecorded=(*BEFORE, *COLUMNS)),
    ]
