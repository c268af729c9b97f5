from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models

import bandstand.content.addressed
import bandstand.content.fields
import bandstand.content.identified
import bandstand.content.previewing


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("media", "0004_recorded"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", bandstand.content.identified.UidField()),
                ("trashed_at", models.DateTimeField(editable=False, null=True, verbose_name="in the trash since")),
                ("preview_secret", bandstand.content.previewing.PreviewSecretField()),
                ("preview_until", bandstand.content.previewing.PreviewUntilField()),
                (
                    "is_published",
                    models.BooleanField(
                        default=False, help_text="Only your team can see drafts.", verbose_name="published"
                    ),
                ),
                (
                    "publish_at",
                    bandstand.content.fields.MomentField(
                        blank=True,
                        help_text="Published by itself at this time. Leave blank to publish by hand.",
                        null=True,
                        verbose_name="appears on",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "slug",
                    bandstand.content.addressed.AddressField(
                        blank=True,
                        error_messages={"unique": "Another tour already has this URL."},
                        help_text="Last part of the page's URL. If blank, it is made from the name.",
                        max_length=80,
                        unique=True,
                        verbose_name="address",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="You can use Markdown.", max_length=10000, verbose_name="text"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.picture",
                        verbose_name="picture",
                    ),
                ),
            ],
            options={
                "verbose_name": "tour",
                "verbose_name_plural": "tours",
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("publish_at__isnull", False)), fields=["publish_at"], name="tour_publish_at"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="tour_has_name",
                        violation_error_message="A tour needs a name.",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(
                            ("publish_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                            ("publish_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                        ),
                        name="tour_publish_at_in_bounds",
                    ),
                ],
            },
        ),
    ]
