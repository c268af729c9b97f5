"""The triggers of search call the functions in `public`; the schema's own go."""

from django.db import migrations

# The schema is named, as `public` has functions of the same names.
FORWARD = """
DROP TRIGGER bands_search_genre ON bands_genre;
DROP TRIGGER bands_search_genres ON bands_band_genres;
DROP TRIGGER bands_search_member ON bands_member;
DROP TRIGGER bands_search_band ON bands_band;
CREATE TRIGGER bands_search_band AFTER INSERT OR UPDATE OF name, town ON bands_band
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_band();
CREATE TRIGGER bands_search_member AFTER INSERT OR UPDATE OF name, band_id OR DELETE ON bands_member
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_part();
CREATE TRIGGER bands_search_genres AFTER INSERT OR UPDATE OR DELETE ON bands_band_genres
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_part();
CREATE TRIGGER bands_search_genre AFTER UPDATE OF name ON bands_genre
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_genre();
DO $$
BEGIN
    EXECUTE format(
        'DROP FUNCTION %1$I.bands_search_of_genre(), %1$I.bands_search_of_part(), %1$I.bands_search_of_band(),'
        ' %1$I.bands_search_refresh(bigint), %1$I.bands_search_fold(text)',
        current_schema()
    );
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("bands", "0003_each_index_once"), ("organizations", "0007_functions_of_portals")]

    operations = [migrations.RunSQL(FORWARD)]
