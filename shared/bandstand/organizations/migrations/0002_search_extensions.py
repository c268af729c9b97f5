from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    # Extensions belong to the database, not to a tenant: they stand in `public`, which every search path ends with.
    dependencies = [("organizations", "0001_initial")]

    operations = [UnaccentExtension(), TrigramExtension()]
