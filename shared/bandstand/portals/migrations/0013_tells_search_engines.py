from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portals", "0012_around_pages")]

    operations = [
        migrations.AddField(
            model_name="portalsettings",
            name="tells_search_engines",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text=(
                    "Bing, Yandex and others that take part in IndexNow then learn of new and changed pages at once. "
                    "They are told the pages' addresses, and nothing else."
                ),
                verbose_name="tell search engines about changes",
            ),
        ),
    ]
