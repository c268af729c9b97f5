"""Maintenance of the platform."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_announcements"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="act",
            field=models.CharField(
                choices=[
                    ("logged_in", "Logged in"),
                    ("logged_out", "Logged out"),
                    ("log_in_failed", "Log-in failed"),
                    ("locked_out", "Locked out after too many attempts"),
                    ("unlocked", "Unlocked"),
                    ("password_changed", "Password changed"),
                    ("password_reset", "Password reset by email"),
                    ("email_changed", "Email address changed"),
                    ("factor_added", "Two-step verification added"),
                    ("factor_removed", "Two-step verification removed"),
                    ("account_changed", "Account changed"),
                    ("account_recovered", "Account recovered by platform staff"),
                    ("emergency_link", "Emergency link issued"),
                    ("invited", "Invited to the team"),
                    ("invitation_withdrawn", "Invitation withdrawn"),
                    ("joined", "Joined the team"),
                    ("role_changed", "Role changed"),
                    ("removed", "Removed from the team"),
                    ("factors_demanded", "Rule for two-step verification changed"),
                    ("exported", "Data exported"),
                    ("domain_added", "Domain added"),
                    ("domain_removed", "Domain removed"),
                    ("domain_chosen", "Main domain changed"),
                    ("created", "Portal created"),
                    ("suspended", "Portal suspended"),
                    ("activated", "Portal reopened"),
                    ("transfer_offered", "Portal offered to another person"),
                    ("transfer_withdrawn", "Offer of the portal withdrawn"),
                    ("transfer_declined", "Offer of the portal declined"),
                    ("transferred", "Portal transferred to another person"),
                    ("deleted", "Portal deleted"),
                    ("restored", "Portal restored from a backup"),
                    ("moved", "Portal moved to another cell"),
                    ("plan_changed", "Plan changed"),
                    ("limit_changed", "Limit changed for a time"),
                    ("renamed", "Renamed because the name was taken"),
                    ("announced", "Announcement published"),
                    ("announcement_ended", "Announcement ended"),
                    ("maintenance_begun", "Maintenance begun"),
                    ("maintenance_ended", "Maintenance ended"),
                    ("looked_at", "Portal's record viewed by platform staff"),
                ],
                max_length=30,
                verbose_name="what",
            ),
        ),
    ]
