from django.db import migrations, models

import bandstand.portals.models


class Migration(migrations.Migration):
    dependencies = [("portals", "0005_recorded")]

    operations = [
        migrations.AlterField(
            model_name="portalsettings",
            name="accent",
            field=models.CharField(
                default="#d6402b",
                help_text="Buttons and surfaces have exactly this colour. As text it becomes lighter or darker where that is needed.",
                max_length=40,
                validators=[bandstand.portals.models.validate_colour],
                verbose_name="accent colour",
            ),
        ),
    ]
