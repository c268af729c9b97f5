"""The search table of bands alone goes, with the trigger that kept it.

Its functions stay in `public`: portals that aren't migrated yet call them, and so do migrations of old archives.
"""

from django.db import migrations


class Migration(migrations.Migration):
    contract = "nothing has read bands_searchentry since bands are found by content's entries"
    since = ("bands", "0013_search_entries")

    dependencies = [("bands", "0019_fewer_indexes")]

    operations = [
        migrations.RunSQL("DROP TRIGGER search_of_release_before ON content_searchentry"),
        migrations.DeleteModel("SearchEntry"),
    ]
