"""Drop the indexes that Django made for `LIKE 'beginning%'`; our schema editor makes none (bandstand.database)."""

from django.db import migrations

# Of every app: they differ in nothing but their place. What stands in one kind of schema only isn't found in the other.
INDEXES = (
    "account_emailaddress_email_03be32b2_like",
    "account_emailconfirmation_key_f43612bd_like",
    "accounts_user_email_b2644a56_like",
    "auth_group_name_a6ea08ec_like",
    "axes_accessattempt_user_agent_ad89678b_like",
    "axes_accessattempt_username_3f2d4ca0_like",
    "axes_accessfailurelog_user_agent_ea145dda_like",
    "axes_accessfailurelog_username_a8b7e8a4_like",
    "axes_accesslog_user_agent_0e659004_like",
    "axes_accesslog_username_df93064b_like",
    "bands_band_slug_b2e9cd86_like",
    "bands_band_town_ea669197_like",
    "bands_genre_slug_3bc7c69b_like",
    "django_session_session_key_c0390e0f_like",
    "enquiries_enquiry_state_5b994e20_like",
    "gigs_gig_slug_1caada1b_like",
    "jobs_slot_name_77a31d66_like",
    "mail_outgoingmessage_provider_id_8feaf606_like",
    "mail_suppressedaddress_email_1b7f38b9_like",
    "mail_unsubscribelink_email_143e87c6_like",
    "mail_unsubscribelink_token_0703dd4c_like",
    "organizations_domain_domain_a3c2b93f_like",
    "organizations_organization_schema_name_82d78fc6_like",
    "organizations_organization_slug_e36fd8f9_like",
    "organizations_organization_state_e0e62622_like",
    "organizations_schematemplate_digest_7abd58ef_like",
    "organizations_spareschema_digest_9508d66b_like",
    "organizations_spareschema_schema_name_0efc72e1_like",
    "teams_invitation_email_837c7260_like",
    "teams_invitation_token_digest_7b6f0ac3_like",
    "usersessions_usersession_session_key_fd35de43_like",
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {', '.join(INDEXES)}", migrations.RunSQL.noop)]
