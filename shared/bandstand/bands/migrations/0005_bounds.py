"""Bounds of years and positions. Years outside are forgotten, positions become the last one."""

from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before never wrote such values on purpose: what stood there couldn't be read back"

    dependencies = [
        ("bands", "0004_functions_in_public"),
        ("media", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE bands_band SET
                formed = CASE WHEN formed BETWEEN 1600 AND 2200 THEN formed END,
                ended = CASE WHEN ended BETWEEN 1600 AND 2200 THEN ended END
            WHERE formed NOT BETWEEN 1600 AND 2200 OR ended NOT BETWEEN 1600 AND 2200;
            UPDATE bands_member SET
                since = CASE WHEN since BETWEEN 1600 AND 2200 THEN since END,
                until = CASE WHEN until BETWEEN 1600 AND 2200 THEN until END
            WHERE since NOT BETWEEN 1600 AND 2200 OR until NOT BETWEEN 1600 AND 2200;
            UPDATE bands_member SET position = 10000 WHERE position > 10000;
            UPDATE bands_bandlink SET position = 10000 WHERE position > 10000;
            UPDATE bands_bandphoto SET position = 10000 WHERE position > 10000;
            SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; -- or the tables below can't be altered
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="band",
            name="ended",
            field=bandstand.content.fields.YearField(
                blank=True, help_text="Leave blank while the band is active.", null=True, verbose_name="split up in"
            ),
        ),
        migrations.AlterField(
            model_name="band",
            name="formed",
            field=bandstand.content.fields.YearField(
                blank=True, null=True, validators=[bandstand.content.fields.validate_begun], verbose_name="formed in"
            ),
        ),
        migrations.AlterField(
            model_name="bandlink",
            name="position",
            field=bandstand.content.fields.PositionField(default=0, verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="bandphoto",
            name="position",
            field=bandstand.content.fields.PositionField(default=0, verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="member",
            name="position",
            field=bandstand.content.fields.PositionField(default=0, verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="member",
            name="since",
            field=bandstand.content.fields.YearField(blank=True, null=True, verbose_name="from"),
        ),
        migrations.AlterField(
            model_name="member",
            name="until",
            field=bandstand.content.fields.YearField(
                blank=True, help_text="Leave blank for current members.", null=True, verbose_name="to"
            ),
        ),
        migrations.AddConstraint(
            model_name="band",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("formed__gte", 1600), ("formed__lte", 2200)), name="band_formed_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="band",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("ended__gte", 1600), ("ended__lte", 2200)), name="band_ended_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="bandlink",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("position__gte", 0), ("position__lte", 10000)), name="band_link_position_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="bandphoto",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("position__gte", 0), ("position__lte", 10000)), name="band_photo_position_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("since__gte", 1600), ("since__lte", 2200)), name="member_since_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("until__gte", 1600), ("until__lte", 2200)), name="member_until_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("position__gte", 0), ("position__lte", 10000)), name="member_position_in_bounds"
            ),
        ),
    ]
