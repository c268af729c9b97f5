"""The columns of the accents as they were stored go, and with them what the record of changes left out for their sake."""

from django.db import migrations

from bandstand.content.recording import record_changes

FORMER = ("accent_light", "accent_light_lettering", "accent_dark", "accent_dark_lettering")
UNRECORDED = "DROP TRIGGER content_change_recorded ON portals_portalsettings"
COMPUTED = ("second_factor_roles", "updated_at", "version", "icons", "icons_of", "logo_ground")


def recorded(*unrecorded: str) -> migrations.RunSQL:
    return record_changes("portals_portalsettings", kind="portals.portalsettings", unrecorded=unrecorded)


class Migration(migrations.Migration):
    contract = "no model has had these columns since portals 0010"
    since = ("portals", "0010_former_accents")

    dependencies = [("portals", "0010_former_accents")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE portals_portalsettings " + ", ".join(f"DROP COLUMN {name}" for name in FORMER),
            "ALTER TABLE portals_portalsettings "
            + ", ".join(f"ADD COLUMN {name} varchar(7) DEFAULT '' NOT NULL" for name in FORMER),
        ),
        migrations.RunSQL(UNRECORDED, recorded(*COMPUTED, *FORMER).sql),
        recorded(*COMPUTED),
    ]
