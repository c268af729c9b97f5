"""Makes `Organization.owners`, in `public`, what the team decided until now; from here on the team follows it.

Before, an owner's account at the platform and on the team were two. Whom the team took off, or gave another role, loses the
portal at the platform; whom it made an owner gets an account there, with the same password and authenticator app. An
owner whom the team doesn't know has another address on the team, and stays.
"""

from django.db import migrations

FORWARD = """
DO $$
DECLARE
    portal bigint;
    deciding bigint[];
BEGIN
    SELECT id INTO portal FROM public.organizations_organization
        WHERE schema_name = current_schema() AND state NOT IN ('moved', 'deleting');
    -- A portal that is just being built, for which this is replayed as well, has nobody yet.
    IF portal IS NULL OR NOT EXISTS (SELECT FROM accounts_user) THEN RETURN; END IF;

    SELECT coalesce(array_agg(u.id), '{}') INTO deciding
        FROM accounts_user u
        JOIN accounts_user_groups ug ON ug.user_id = u.id
        JOIN auth_group g ON g.id = ug.group_id AND g.name = 'owner'
        WHERE u.is_active;

    INSERT INTO public.accounts_user (email, name, password, is_active, is_staff, is_superuser, date_joined)
        SELECT email, name, password, true, false, false, date_joined
        FROM accounts_user WHERE id = ANY (deciding) ORDER BY email
        ON CONFLICT (email) DO NOTHING;
    INSERT INTO public.account_emailaddress (user_id, email, verified, "primary")
        SELECT p.id, p.email, true, true
        FROM accounts_user u JOIN public.accounts_user p ON p.email = u.email
        WHERE u.id = ANY (deciding)
            AND NOT EXISTS (SELECT FROM public.account_emailaddress a WHERE a.user_id = p.id OR a.email = p.email)
        ON CONFLICT DO NOTHING;
    INSERT INTO public.mfa_authenticator (user_id, type, data, created_at, last_used_at)
        SELECT p.id, m.type, m.data, m.created_at, m.last_used_at
        FROM accounts_user u
        JOIN public.accounts_user p ON p.email = u.email
        JOIN mfa_authenticator m ON m.user_id = u.id AND m.type IN ('totp', 'recovery_codes')
        WHERE u.id = ANY (deciding)
            AND NOT EXISTS (SELECT FROM public.mfa_authenticator held WHERE held.user_id = p.id)
        ON CONFLICT DO NOTHING;
    INSERT INTO public.organizations_organization_owners (organization_id, user_id)
        SELECT portal, p.id FROM accounts_user u JOIN public.accounts_user p ON p.email = u.email
        WHERE u.id = ANY (deciding)
        ON CONFLICT DO NOTHING;
    DELETE FROM public.organizations_organization_owners owning USING public.accounts_user p
        WHERE owning.organization_id = portal AND p.id = owning.user_id AND cardinality(deciding) > 0
            AND EXISTS (SELECT FROM accounts_user u WHERE u.email = p.email AND u.id <> ALL (deciding));

    INSERT INTO accounts_user (email, name, password, is_active, is_staff, is_superuser, date_joined)
        SELECT p.email, p.name, p.password, p.is_active, false, false, p.date_joined
        FROM public.organizations_organization_owners owning JOIN public.accounts_user p ON p.id = owning.user_id
        WHERE owning.organization_id = portal
        ON CONFLICT (email) DO UPDATE SET is_active = excluded.is_active;
    INSERT INTO account_emailaddress (user_id, email, verified, "primary")
        SELECT u.id, u.email, true, true
        FROM public.organizations_organization_owners owning
        JOIN public.accounts_user p ON p.id = owning.user_id
        JOIN accounts_user u ON u.email = p.email
        WHERE owning.organization_id = portal
            AND NOT EXISTS (SELECT FROM account_emailaddress a WHERE a.user_id = u.id OR a.email = u.email)
        ON CONFLICT DO NOTHING;
    INSERT INTO accounts_user_groups (user_id, group_id)
        SELECT u.id, g.id
        FROM public.organizations_organization_owners owning
        JOIN public.accounts_user p ON p.id = owning.user_id
        JOIN accounts_user u ON u.email = p.email
        JOIN auth_group g ON g.name = 'owner'
        WHERE owning.organization_id = portal
        ON CONFLICT DO NOTHING;
END $$;
"""


class Migration(migrations.Migration):
    """Rows only."""

    dependencies = [
        ("teams", "0001_initial"),
        ("accounts", "0002_no_pattern_indexes"),
        ("organizations", "0007_functions_of_portals"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop, elidable=True)]
