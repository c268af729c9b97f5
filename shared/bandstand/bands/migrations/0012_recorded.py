from django.db import migrations

from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0011_trash"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
    ]

    operations = [
        record_changes("bands_band", kind="bands.band"),
        record_changes("bands_band_genres", kind="bands.band", part="bands.band_genres", column="band_id"),
        record_changes("bands_bandlink", kind="bands.band", part="bands.bandlink", column="band_id"),
        record_changes("bands_bandphoto", kind="bands.band", part="bands.bandphoto", column="band_id"),
        record_changes("bands_genre", kind="bands.genre", unrecorded=("name_key",)),
        record_changes("bands_instrument", kind="bands.instrument", unrecorded=("name_key",)),
        record_changes("bands_member", kind="bands.band", part="bands.member", column="band_id"),
        record_changes(
            "bands_member_instruments",
            kind="bands.band",
            part="bands.member_instruments",
            column="member_id",
            via="bands_member.band_id",
        ),
    ]
