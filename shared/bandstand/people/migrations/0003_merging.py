import django.db.models.deletion
from django.db import migrations, models

from bandstand.content.recording import TRIGGER, TableRecording

BEFORE = TableRecording("people_person", "people.person")
AFTER = TableRecording("people_person", "people.person", unrecorded=("merge",))
DROP = f"DROP TRIGGER {TRIGGER} ON people_person"


class Migration(migrations.Migration):
    dependencies = [("people", "0002_search_entries")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merged_people",
                to="people.person",
                verbose_name="merged into",
            ),
        ),
        migrations.AddField(model_name="person", name="merge", field=models.JSONField(editable=False, null=True)),
        migrations.AddField(
            model_name="person",
            name="merged_names",
            field=models.TextField(db_default="", default="", editable=False, verbose_name="merged with"),
        ),
        migrations.RunSQL([DROP, AFTER.sql()], [DROP, BEFORE.sql()]),
    ]
