"""What sessions hang on that were begun before a password was hashed anew."""

from django.db import migrations

from bandstand.accounts.models import RehashedFromField


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_fewer_indexes")]

    operations = [migrations.AddField("user", "rehashed_from", RehashedFromField())]
