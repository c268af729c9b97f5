"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON news_post"
BEFORE = ("preview_secret", "preview_until", "published_at")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("news", "0006_search_in_languages")]

    operations = [
        *(migrations.AddField("post", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(UNRECORDED, record_changes("news_post", kind="news.post", unrecorded=BEFORE).sql),
        record_changes("news_post", kind="news.post", unrecorded=(*BEFORE, *COLUMNS)),
    ]
