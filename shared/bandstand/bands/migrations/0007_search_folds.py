"""What bands are found by is written anew, as the functions in `public` fold it now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bands", "0006_name_keys")]

    operations = [migrations.RunSQL("SELECT public.bands_search_refresh(id) FROM bands_band")]
