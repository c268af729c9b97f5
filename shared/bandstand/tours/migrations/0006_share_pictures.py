"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON tours_tour"
BEFORE = ("preview_secret", "preview_until")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("tours", "0005_search_in_languages")]

    operations = [
        *(migrations.AddField("tour", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(UNRECORDED, record_changes("tours_tour", kind="tours.tour", unrecorded=BEFORE).sql),
        record_changes("tours_tour", kind="tours.tour", unrecorded=(*BEFORE, *COLUMNS)),
    ]
