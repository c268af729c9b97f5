from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_counted")]

    operations = [
        migrations.AddField("outgoingmessage", "headers", models.JSONField(editable=False, null=True)),
    ]
