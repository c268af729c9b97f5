from django.db import migrations, models

from bandstand.content.recording import record_changes

UNRECORDED = "DROP TRIGGER content_change_recorded ON portals_portalsettings"
COMPUTED = (
    "accent_dark",
    "accent_dark_lettering",
    "accent_light",
    "accent_light_lettering",
    "second_factor_roles",
    "updated_at",
    "version",
)
DRAWN = ("icons", "icons_of", "logo_ground")


def recorded(*unrecorded: str) -> migrations.RunSQL:
    return record_changes("portals_portalsettings", kind="portals.portalsettings", unrecorded=unrecorded)


class Migration(migrations.Migration):
    dependencies = [("portals", "0007_guests")]

    operations = [
        *(
            migrations.AddField(
                model_name="portalsettings",
                name=name,
                field=models.CharField(db_default="", default="", editable=False, max_length=length),
            )
            for name, length in (("icons", 255), ("icons_of", 40), ("logo_ground", 5))
        ),
        migrations.RunSQL(UNRECORDED, recorded(*COMPUTED).sql),
        recorded(*COMPUTED, *DRAWN),
    ]
