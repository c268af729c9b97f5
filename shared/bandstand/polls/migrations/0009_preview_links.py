"""Preview links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.previewing import PreviewSecretField, PreviewUntilField
from bandstand.content.recording import record_changes

UNRECORDED = "DROP TRIGGER content_change_recorded ON polls_question"


class Migration(migrations.Migration):
    dependencies = [("polls", "0008_search_entries")]

    operations = [
        migrations.AddField("question", "preview_secret", PreviewSecretField()),
        migrations.AddField("question", "preview_until", PreviewUntilField()),
        migrations.RunSQL(UNRECORDED, record_changes("polls_question", kind="polls.question").sql),
        record_changes("polls_question", kind="polls.question", unrecorded=("preview_secret", "preview_until")),
    ]
