from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_preview"),
    ]

    operations = [
        migrations.AlterField(
            model_name="spreadsheetimport",
            name="subject",
            field=models.CharField(max_length=10, verbose_name="content"),
        ),
    ]
