"""Bounds of what staff write into plans, subscriptions and allowances, whose tables are as new as this release."""

from datetime import UTC, datetime

import django.core.validators
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    contract = "no release before knows these tables"

    dependencies = [
        ("organizations", "0010_names_and_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="allowance",
            name="most",
            field=bandstand.content.fields.CountField(
                blank=True,
                help_text="Instead of the plan's number. Leave empty for no limit.",
                null=True,
                verbose_name="at most",
            ),
        ),
        migrations.AlterField(
            model_name="allowance",
            name="until",
            field=bandstand.content.fields.MomentField(verbose_name="until"),
        ),
        migrations.AlterField(
            model_name="plan",
            name="bands",
            field=bandstand.content.fields.CountField(
                blank=True, default=20000, help_text="Leave empty for no limit.", null=True, verbose_name="bands"
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="mails",
            field=bandstand.content.fields.CountField(
                blank=True, default=2000, help_text="Leave empty for no limit.", null=True, verbose_name="emails a day"
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="members",
            field=bandstand.content.fields.CountField(
                blank=True,
                default=100,
                help_text="Open invitations count. Leave empty for no limit.",
                null=True,
                verbose_name="team members",
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="portals",
            field=bandstand.content.fields.CountField(
                blank=True,
                help_text="Leave empty where BANDSTAND_PORTALS_PER_OWNER is enough; the larger number counts.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="portals of an owner",
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="storage",
            field=bandstand.content.fields.CountField(
                blank=True, default=5120, help_text="Leave empty for no limit.", null=True, verbose_name="storage in MB"
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="ends_at",
            field=bandstand.content.fields.MomentField(
                blank=True, help_text="Leave empty for a plan without an end.", null=True, verbose_name="until"
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="starts_at",
            field=bandstand.content.fields.MomentField(default=django.utils.timezone.now, verbose_name="from"),
        ),
        migrations.AddConstraint(
            model_name="allowance",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("most__gte", 0), ("most__lte", 1000000000)), name="allowance_most_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="allowance",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("until__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("until__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="allowance_until_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("bands__gte", 0), ("bands__lte", 1000000000)), name="plan_bands_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("storage__gte", 0), ("storage__lte", 1000000000)), name="plan_storage_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("mails__gte", 0), ("mails__lte", 1000000000)), name="plan_mails_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("members__gte", 0), ("members__lte", 1000000000)), name="plan_members_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("portals__gte", 0), ("portals__lte", 1000000000)), name="plan_portals_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("starts_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("starts_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="subscription_starts_at_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("ends_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("ends_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="subscription_ends_at_in_bounds",
            ),
        ),
    ]
