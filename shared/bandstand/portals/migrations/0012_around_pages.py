"""Menu, footer, social links and announcement: what stands around each page of a portal."""

from datetime import UTC, datetime

from django.db import migrations, models

import bandstand.content.fields
import bandstand.portals.around_pages
import bandstand.portals.menus


class Migration(migrations.Migration):
    contract = "code of the release before doesn't write the new columns, so nothing is refused"
    dependencies = [
        ("media", "0005_fewer_indexes"),
        ("portals", "0011_former_accents_gone"),
    ]

    operations = [
        migrations.AddField(
            model_name="portalsettings",
            name="bar_from",
            field=bandstand.content.fields.MomentField(
                blank=True, help_text="If blank, at once.", null=True, verbose_name="shown from"
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="bar_link",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Says where the link leads, for instance “Get tickets”.",
                max_length=60,
                verbose_name="text of the link",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="bar_text",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Without a text there is no bar.",
                max_length=160,
                verbose_name="text of the bar",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="bar_until",
            field=bandstand.content.fields.MomentField(
                blank=True, help_text="If blank, until you remove it.", null=True, verbose_name="shown until"
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="bar_url",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="An address that starts with https://, or a path of this portal such as /gigs/.",
                max_length=500,
                validators=[bandstand.portals.menus.validate_address],
                verbose_name="link of the bar",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="footer",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                validators=[bandstand.portals.around_pages.validate_footer],
                verbose_name="footer",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="menu",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                validators=[bandstand.portals.around_pages.validate_menu],
                verbose_name="menu",
            ),
        ),
        migrations.AddField(
            model_name="portalsettings",
            name="social_links",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                validators=[bandstand.portals.around_pages.validate_social_links],
                verbose_name="social links",
            ),
        ),
        migrations.AddConstraint(
            model_name="portalsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("bar_url", ""), ("bar_url__iregex", "^(https?://|/($|[^/\\\\]))"), _connector="OR"),
                name="portal_bar_url_is_address",
                violation_error_message="Enter an address that starts with https://, or a path such as /gigs/.",
            ),
        ),
        migrations.AddConstraint(
            model_name="portalsettings",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("bar_from__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("bar_from__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="portal_bar_from_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="portalsettings",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("bar_until__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("bar_until__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="portal_bar_until_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="portalsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("bar_until__isnull", True),
                    ("bar_from__isnull", True),
                    ("bar_until__gte", models.F("bar_from")),
                    _connector="OR",
                ),
                name="portal_bar_ends_after_it_began",
                violation_error_message="The bar's end is before its beginning.",
            ),
        ),
    ]
