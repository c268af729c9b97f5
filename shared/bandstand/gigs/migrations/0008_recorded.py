from django.db import migrations

from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0007_trash"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
    ]

    operations = [
        record_changes("gigs_appearance", kind="gigs.gig", part="gigs.appearance", column="gig_id"),
        record_changes("gigs_gig", kind="gigs.gig"),
    ]
