"""No model has the accents as they were stored any more: their columns go with the release after this one.

Code of the release before names them in its queries. The database fills them, as nobody else does.
"""

import django.db.models.deletion
from django.db import migrations, models

FORMER = ("accent_light", "accent_light_lettering", "accent_dark", "accent_dark_lettering")


class Migration(migrations.Migration):
    dependencies = [("portals", "0009_minors")]

    operations = [
        *(
            migrations.AlterField(
                model_name="portalsettings",
                name=name,
                field=models.CharField(db_default="", editable=False, max_length=7),
            )
            for name in FORMER
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="portalsettings", name=name) for name in FORMER]
        ),
        migrations.AlterField(
            model_name="portalsettings",
            name="logo",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="media.picture",
                verbose_name="logo",
            ),
        ),
    ]
