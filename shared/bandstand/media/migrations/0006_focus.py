"""Where the point is that stays in sight when a picture is cut."""

from django.conf import settings
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"

    dependencies = [
        ("media", "0005_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="picture",
            name="focus_x",
            field=bandstand.content.fields.PercentField(
                db_default=50,
                default=50,
                help_text="Per cent of the width. What is there stays in sight where the picture is cut.",
                verbose_name="focus, from the left",
            ),
        ),
        migrations.AddField(
            model_name="picture",
            name="focus_y",
            field=bandstand.content.fields.PercentField(
                db_default=50, default=50, help_text="Per cent of the height.", verbose_name="focus, from the top"
            ),
        ),
        migrations.AddConstraint(
            model_name="picture",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("focus_x__gte", 0), ("focus_x__lte", 100)), name="picture_focus_x_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="picture",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("focus_y__gte", 0), ("focus_y__lte", 100)), name="picture_focus_y_in_bounds"
            ),
        ),
    ]
