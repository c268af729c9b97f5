"""Pictures for shared links. The record of changes leaves their columns out."""

from django.db import migrations

from bandstand.content.recording import record_changes
from bandstand.content.sharing import SharePictureField

UNRECORDED = "DROP TRIGGER content_change_recorded ON portals_portalsettings"
BEFORE = ("second_factor_roles", "updated_at", "version", "icons", "icons_of", "logo_ground")
COLUMNS = ("share_picture", "share_picture_of")


class Migration(migrations.Migration):
    dependencies = [("portals", "0015_languages")]

    operations = [
        *(migrations.AddField("portalsettings", name, SharePictureField()) for name in COLUMNS),
        migrations.RunSQL(
            UNRECORDED, record_changes("portals_portalsettings", kind="portals.portalsettings", unrecorded=BEFORE).sql
        ),
        record_changes("portals_portalsettings", kind="portals.portalsettings", unrecorded=(*BEFORE, *COLUMNS)),
    ]
