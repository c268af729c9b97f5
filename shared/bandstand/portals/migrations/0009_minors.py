from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portals", "0008_icons")]

    operations = [
        migrations.AddField(
            model_name="portalsettings",
            name="minors",
            field=models.CharField(
                choices=[
                    ("no", "No: show full names"),
                    ("initials", "Yes: show initials"),
                    ("hidden", "Yes: hide names"),
                ],
                db_default="no",
                default="no",
                help_text=(
                    "If so, visitors see initials or no names of people until you record a person's consent, and "
                    "pictures of people need consent too."
                ),
                max_length=10,
                verbose_name="we teach minors",
            ),
        ),
    ]
