"""Every schema's security log is kept by the function in `public`: see organizations/0007_functions_of_portals."""

from django.db import migrations

FORWARD = """
DROP TRIGGER audit_entry_whole ON audit_entry;
DROP TRIGGER audit_entry_rows ON audit_entry;
CREATE TRIGGER audit_entry_rows BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION public.audit_entry_refuse();
CREATE TRIGGER audit_entry_whole BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_entry_refuse();
DO $$
BEGIN
    IF current_schema() <> 'public' THEN
        EXECUTE format('DROP FUNCTION %I.audit_entry_refuse()', current_schema());
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_moved")]

    operations = [migrations.RunSQL(FORWARD)]
