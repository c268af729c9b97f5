"""Bounds of times and positions. Rows outside are moved to the nearest day within, where the team finds them."""

from datetime import UTC, datetime

from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before never wrote such values on purpose: what stood there couldn't be read back"

    dependencies = [
        ("gigs", "0002_each_index_once"),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE gigs_gig SET
                starts_at = CASE
                    WHEN starts_at < '1899-12-31 00:00+00' THEN '1900-01-01 12:00+00'
                    WHEN starts_at >= '2201-01-02 00:00+00' THEN '2200-12-31 12:00+00'
                    ELSE starts_at
                END,
                doors_at = NULL
            WHERE starts_at < '1899-12-31 00:00+00' OR starts_at >= '2201-01-02 00:00+00'
                OR doors_at < '1899-12-31 00:00+00';
            UPDATE gigs_appearance SET position = 10000 WHERE position > 10000;
            SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; -- or the tables below can't be altered
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="appearance",
            name="position",
            field=bandstand.content.fields.PositionField(
                default=0, help_text="The lowest number comes first on the poster.", verbose_name="position"
            ),
        ),
        migrations.AlterField(
            model_name="gig",
            name="doors_at",
            field=bandstand.content.fields.MomentField(blank=True, null=True, verbose_name="doors"),
        ),
        migrations.AlterField(
            model_name="gig",
            name="starts_at",
            field=bandstand.content.fields.MomentField(db_index=True, verbose_name="start"),
        ),
        migrations.AddConstraint(
            model_name="appearance",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("position__gte", 0), ("position__lte", 10000)), name="appearance_position_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("starts_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("starts_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="gig_starts_at_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("doors_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("doors_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="gig_doors_at_in_bounds",
            ),
        ),
    ]
