from django.db import migrations, models

import bandstand.encryption.fields


class Migration(migrations.Migration):
    contract = "from before the first release"

    dependencies = [("imports", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="spreadsheetimport",
            name="link",
            field=bandstand.encryption.fields.EncryptedTextField(blank=True, default="", editable=False),
        ),
        migrations.AlterField(
            model_name="spreadsheetimport",
            name="path",
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
    ]
