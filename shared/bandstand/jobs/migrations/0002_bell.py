from django.db import migrations

# A statement that adds jobs wakes the dispatcher when its transaction commits, whoever issued it.
BELL = """
CREATE FUNCTION bandstand_jobs_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bandstand_jobs', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_ring AFTER INSERT ON jobs_job FOR EACH STATEMENT EXECUTE FUNCTION bandstand_jobs_ring();
"""
NO_BELL = """
DROP TRIGGER jobs_ring ON jobs_job;
DROP FUNCTION bandstand_jobs_ring();
"""
# Rows change state several times within seconds while old ones lie still: vacuum by count, not by share of the table,
# so that the small indexes of waiting and running jobs stay small beside a million finished ones.
VACUUM = """
ALTER TABLE jobs_job SET (
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 5000
);
"""
NO_VACUUM = """
ALTER TABLE jobs_job RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [migrations.RunSQL(BELL, NO_BELL), migrations.RunSQL(VACUUM, NO_VACUUM)]
