from django.db import migrations

from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0003_uid"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
    ]

    operations = [
        record_changes(
            "media_picture",
            kind="media.picture",
            unrecorded=("height", "original", "refusal", "remark", "state", "uploaded_by_id", "variants", "width"),
        ),
    ]
