from django.db import migrations

# The role that web and worker run as owns the tables of the portals it builds, so rights can't hold it back; a trigger
# can, short of DDL, which nothing at run time issues. It refuses TRUNCATE as well. What is older than audit.LEAST_KEPT
# may be deleted: the retention that was set, never shorter, does that.
FORWARD = """
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.happened_at < now() - interval '90 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'lines of the security log are kept as they are (% refused)', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_entry_rows BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
CREATE TRIGGER audit_entry_whole BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse();
"""
BACKWARD = """
DROP TRIGGER audit_entry_whole ON audit_entry;
DROP TRIGGER audit_entry_rows ON audit_entry;
DROP FUNCTION audit_entry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
