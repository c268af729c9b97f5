"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON polls_question"
BEFORE = ("preview_secret", "preview_until")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("polls", "0010_translations")]

    operations = [
        *(migrations.AddField("question", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(UNRECORDED, record_changes("polls_question", kind="polls.question", unrecorded=BEFORE).sql),
        record_changes("polls_question", kind="polls.question", unrecorded=(*BEFORE, *COLUMNS)),
    ]
