from django.db import migrations

# Whatever lets an import's job fail (its handler, its last attempt, the sweep after its workers died) enqueues in the
# same transaction the job that tells of it, so it is told once, also if a process dies right then. See ADR 70.
TELL = """
CREATE FUNCTION bandstand_jobs_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.jobs_job (
        organization_id, kind, payload, payload_version, queue, brief, key, created_by, created_at, run_at, state,
        attempts, deaths, fence, worker, cancel_requested, progress_done, progress_total, progress_message, error,
        error_class
    ) VALUES (
        NEW.organization_id, 'imports.tell_of_failure', jsonb_build_object('job_id', NEW.id, 'fence', NEW.fence), 1,
        'default', true, '', '', clock_timestamp(), clock_timestamp(), 'waiting', 0, 0, 0, '', false, 0, 0, '', '', ''
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_tell AFTER UPDATE OF state ON jobs_job FOR EACH ROW
    WHEN (NEW.state = 'failed' AND OLD.state <> 'failed' AND NEW.kind = 'imports.import_spreadsheet')
    EXECUTE FUNCTION bandstand_jobs_tell();
"""
TELL_NO_MORE = """
DROP TRIGGER jobs_tell ON jobs_job;
DROP FUNCTION bandstand_jobs_tell();
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_trace")]

    operations = [migrations.RunSQL(TELL, TELL_NO_MORE)]
