"""Announcements to all owners, and who dismissed them."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organizations", "0016_suspensions_and_notes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title_en", models.CharField(max_length=120, verbose_name="title in English")),
                ("text_en", models.TextField(max_length=4000, verbose_name="text in English")),
                (
                    "title_de",
                    models.CharField(
                        blank=True,
                        help_text="Empty: in English for everybody.",
                        max_length=120,
                        verbose_name="title in German",
                    ),
                ),
                ("text_de", models.TextField(blank=True, max_length=4000, verbose_name="text in German")),
                (
                    "expires_at",
                    bandstand.content.fields.MomentField(
                        help_text="From then on the backstage no longer shows it.", verbose_name="until"
                    ),
                ),
                ("is_mailed", models.BooleanField(default=True, verbose_name="also by email")),
                ("created_by", models.CharField(blank=True, editable=False, max_length=254, verbose_name="by")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "ordering": ["-pk"],
                "permissions": [("publish_announcement", "Can publish announcements")],
                "indexes": [
                    models.Index(
                        models.F("expires_at"),
                        condition=models.Q(("published_at__isnull", False)),
                        name="announcements_showing",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text_de", ""), ("title_de", "")),
                            models.Q(
                                models.Q(("title_de", ""), _negated=True), models.Q(("text_de", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="announcement_german_is_whole",
                        violation_error_message="Write both title and text in German, or neither.",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(
                            ("expires_at__gte", dt.datetime(1899, 12, 31, 0, 0, tzinfo=dt.UTC)),
                            ("expires_at__lt", dt.datetime(2201, 1, 2, 0, 0, tzinfo=dt.UTC)),
                        ),
                        name="announcement_expires_at_in_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.BigIntegerField()),
                (
                    "announcement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="announcements.announcement",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "dismissed announcement",
                "verbose_name_plural": "dismissed announcements",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("announcement", "organization", "account"), name="one_dismissal_per_person_and_portal"
                    )
                ],
            },
        ),
    ]
