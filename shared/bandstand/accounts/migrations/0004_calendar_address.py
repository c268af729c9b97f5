"""The secret address of somebody's calendar, as a digest."""

from django.db import migrations

from bandstand.accounts.models import CalendarDigestField, CalendarSinceField


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_names_lead_nowhere")]

    operations = [
        migrations.AddField("user", "calendar_digest", CalendarDigestField()),
        migrations.AddField("user", "calendar_since", CalendarSinceField()),
    ]
