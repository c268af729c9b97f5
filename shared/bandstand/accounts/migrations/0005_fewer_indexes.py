"""Drop indexes that no query uses: each costs a file, a page and rows in five system catalogs, in every portal.

The first group repeats how a unique constraint's index begins; for tables of links, our schema editor makes none any
more (bandstand.database). Attempts are counted by account and address, for which there is such a constraint too. Of
axes' logs nothing is read, and addresses are confirmed by codes, so rows of the last table don't come to be.
"""

from django.db import migrations

# Of every app: they differ in nothing but their place. What stands in one kind of schema only isn't found in the other.
INDEXES = (
    "account_emailaddress_user_id_2c513194",
    "accounts_user_groups_user_id_52b62117",
    "accounts_user_user_permissions_user_id_e4f0a161",
    "auth_group_permissions_group_id_b120cbf9",
    "auth_permission_content_type_id_2f476e4b",
    "bands_band_genres_band_id_f89c3a0d",
    "bands_member_instruments_member_id_0269338e",
    "notices_emailchoice_bands_emailchoice_id_febcd924",
    "people_person_instruments_person_id_c83d2681",
    "axes_accessattempt_ip_address_10922d9c",
    "axes_accessattempt_user_agent_ad89678b",
    "axes_accessattempt_username_3f2d4ca0",
    "axes_accessfailurelog_ip_address_2e9f5a7f",
    "axes_accessfailurelog_user_agent_ea145dda",
    "axes_accessfailurelog_username_a8b7e8a4",
    "axes_accesslog_ip_address_86b417e5",
    "axes_accesslog_user_agent_0e659004",
    "axes_accesslog_username_df93064b",
    "account_emailconfirmation_email_address_id_5b7f8c58",
)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0004_calendar_address"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {index}", migrations.RunSQL.noop) for index in INDEXES]
