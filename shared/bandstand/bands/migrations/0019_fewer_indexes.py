import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bands", "0018_band_roles")]

    operations = [
        *(
            migrations.AlterField(
                model_name="band",
                name=name,
                field=models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="media.picture",
                    verbose_name=name,
                ),
            )
            for name in ("logo", "photo")
        ),
        migrations.AlterField(
            model_name="band",
            name="town",
            field=models.CharField(blank=True, max_length=120, verbose_name="town"),
        ),
    ]
