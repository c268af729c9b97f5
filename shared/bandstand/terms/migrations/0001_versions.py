"""Versions of the platform's terms and privacy notice, and who accepted them."""

import datetime as dt

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.CharField(
                        choices=[("terms", "Terms of use"), ("privacy", "Privacy notice")],
                        max_length=10,
                        verbose_name="document",
                    ),
                ),
                (
                    "version",
                    models.CharField(
                        help_text="As people will cite it: 2.1, or a date.", max_length=40, verbose_name="version"
                    ),
                ),
                (
                    "link_en",
                    models.URLField(
                        blank=True,
                        help_text="To the document, or write its text below.",
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="link in English",
                    ),
                ),
                (
                    "text_en",
                    models.TextField(
                        blank=True, help_text="Markdown.", max_length=200000, verbose_name="text in English"
                    ),
                ),
                (
                    "link_de",
                    models.URLField(
                        blank=True,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="link in German",
                    ),
                ),
                ("text_de", models.TextField(blank=True, max_length=200000, verbose_name="text in German")),
                (
                    "changes_en",
                    models.TextField(
                        blank=True,
                        help_text="Owners read it before they accept. Leave it empty for the first version.",
                        max_length=2000,
                        verbose_name="what changed, in English",
                    ),
                ),
                ("changes_de", models.TextField(blank=True, max_length=2000, verbose_name="what changed, in German")),
                (
                    "accept_by",
                    bandstand.content.fields.MomentField(
                        help_text="From then on “My organizations” asks first. Portals stay online.",
                        verbose_name="to be accepted by",
                    ),
                ),
                ("created_by", models.CharField(blank=True, editable=False, max_length=254, verbose_name="by")),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
            ],
            options={
                "verbose_name": "version of the terms",
                "verbose_name_plural": "terms and privacy",
                "ordering": ["-pk"],
                "permissions": [("publish_terms", "Can publish terms")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "version"),
                        name="one_text_per_version",
                        violation_error_message="This document has a version of that name already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("link_en", ""), ("text_en", ""), _connector="XOR"),
                        name="terms_are_link_or_text",
                        violation_error_message="Give either a link or a text in English.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("link_de", ""), ("text_de", ""), _connector="OR"),
                        name="german_terms_are_link_or_text",
                        violation_error_message="Give either a link or a text in German, or neither.",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(
                            ("accept_by__gte", dt.datetime(1899, 12, 31, 0, 0, tzinfo=dt.UTC)),
                            ("accept_by__lt", dt.datetime(2201, 1, 2, 0, 0, tzinfo=dt.UTC)),
                        ),
                        name="terms_accept_by_in_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "accepted_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="accepted"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acceptances", to="terms.terms"
                    ),
                ),
            ],
            options={
                "verbose_name": "acceptance of terms",
                "verbose_name_plural": "acceptances of terms",
                "ordering": ["pk"],
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(fields=("account", "terms"), name="one_acceptance_per_account")
                ],
            },
        ),
    ]
