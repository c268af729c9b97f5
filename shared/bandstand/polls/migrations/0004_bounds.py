"""Bounds of times and positions. What opens or closes outside does so on the nearest day within, or never closes."""

from datetime import UTC, datetime

import django.utils.timezone
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "code of the release before never wrote such values on purpose: what stood there couldn't be read back"

    dependencies = [
        ("polls", "0003_each_index_once"),
    ]

    operations = [
        migrations.RunSQL(
            """
            UPDATE polls_question SET
                published_at = CASE
                    WHEN published_at < '1899-12-31 00:00+00' THEN '1900-01-01 12:00+00'
                    WHEN published_at >= '2201-01-02 00:00+00' THEN '2200-12-31 12:00+00'
                    ELSE published_at
                END,
                closes_at = CASE
                    WHEN closes_at >= '2201-01-02 00:00+00' THEN NULL
                    WHEN closes_at <= '1900-01-01 12:00+00' THEN '1900-01-01 13:00+00'
                    ELSE closes_at
                END
            WHERE published_at < '1899-12-31 00:00+00' OR published_at >= '2201-01-02 00:00+00'
                OR closes_at >= '2201-01-02 00:00+00';
            UPDATE polls_choice SET position = 10000 WHERE position > 10000;
            SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; -- or the tables below can't be altered
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="choice",
            name="position",
            field=bandstand.content.fields.PositionField(default=0, verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="question",
            name="closes_at",
            field=bandstand.content.fields.MomentField(
                blank=True, help_text="Leave blank to keep it open.", null=True, verbose_name="closes"
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="published_at",
            field=bandstand.content.fields.MomentField(
                db_index=True, default=django.utils.timezone.now, verbose_name="published from"
            ),
        ),
        migrations.AddConstraint(
            model_name="choice",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("position__gte", 0), ("position__lte", 10000)),
                name="poll_choice_position_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("published_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("published_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="poll_published_at_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("closes_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("closes_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="poll_closes_at_in_bounds",
            ),
        ),
    ]
