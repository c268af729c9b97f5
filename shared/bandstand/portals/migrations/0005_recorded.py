from django.db import migrations

from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("portals", "0004_second_factor_roles"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
    ]

    operations = [
        record_changes(
            "portals_portalsettings",
            kind="portals.portalsettings",
            unrecorded=(
                "accent_dark",
                "accent_dark_lettering",
                "accent_light",
                "accent_light_lettering",
                "second_factor_roles",
                "updated_at",
                "version",
            ),
        ),
    ]
