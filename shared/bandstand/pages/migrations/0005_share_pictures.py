"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON pages_page"
BEFORE = ("password", "preview_secret", "preview_until", "words")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("pages", "0004_translations")]

    operations = [
        *(migrations.AddField("page", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(UNRECORDED, record_changes("pages_page", kind="pages.page", unrecorded=BEFORE).sql),
        record_changes("pages_page", kind="pages.page", unrecorded=(*BEFORE, *COLUMNS)),
    ]
