"""Takes password and second step from owners' rows of a portal: they log in at the platform, and are told so by mail.

Code of the release before leads owners to the platform as well, by the link on its log-in page. The mail waits an hour, until
the workers of that release are gone, who don't know its kind of job.
"""

from django.db import migrations

FORWARD = """
DO $$
BEGIN
    UPDATE accounts_user SET password = '!' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
        WHERE id IN (
            SELECT ug.user_id FROM accounts_user_groups ug JOIN auth_group g ON g.id = ug.group_id AND g.name = 'owner'
        );
    DELETE FROM mfa_authenticator
        WHERE user_id IN (
            SELECT ug.user_id FROM accounts_user_groups ug JOIN auth_group g ON g.id = ug.group_id AND g.name = 'owner'
        );
    INSERT INTO public.jobs_job (organization_id, kind, payload, payload_version, queue, brief, key, created_by,
                                 created_at, run_at, state, attempts, deaths, fence, worker, cancel_requested,
                                 progress_done, progress_total, progress_message, error, error_class)
        SELECT o.id, 'teams.tell_owners', '{}', 1, 'bulk', false, 'one-log-in', '',
               now(), now() + interval '1 hour', 'waiting', 0, 0, 0, '', false, 0, 0, '', '', ''
        FROM public.organizations_organization o
        WHERE o.schema_name = current_schema() AND o.state IN ('active', 'suspended')
            AND EXISTS (SELECT FROM accounts_user)
        ON CONFLICT DO NOTHING;
END $$;
"""


class Migration(migrations.Migration):
    """Rows only."""

    dependencies = [
        ("teams", "0002_one_set_of_owners"),
        ("jobs", "0002_bell"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop, elidable=True)]
