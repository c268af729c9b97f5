"""Reports of pages to the platform's staff."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import bandstand.content.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organizations", "0030_search_alike"),
    ]

    operations = [
        migrations.CreateModel(
            name="PageReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "address",
                    models.URLField(
                        max_length=700,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="page",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("copyright", "Copyright or a trademark"),
                            ("person", "Insult, defamation, or someone's privacy or picture"),
                            ("hate", "Hate, threats or violence"),
                            ("fraud", "Fraud, spam or malware"),
                            ("child_abuse", "Sexual abuse of children"),
                            ("other", "Something else that is illegal"),
                        ],
                        max_length=12,
                        verbose_name="about",
                    ),
                ),
                ("explanation", models.TextField(blank=True, max_length=5000, verbose_name="explanation")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="received")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("in_review", "being looked at"),
                            ("no_action", "decided: no action"),
                            ("warned", "decided: owners warned"),
                            ("removed", "decided: removed"),
                            ("suspended", "decided: portal suspended"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        help_text="The law, or the clause of your terms, that the page violates. The owners read it.",
                        max_length=200,
                        verbose_name="law or terms",
                    ),
                ),
                (
                    "reasons",
                    models.TextField(
                        blank=True,
                        help_text="Facts and reasons, without the name of whoever reported the page: they and the owners read it in an email.",
                        max_length=5000,
                        verbose_name="reasons",
                    ),
                ),
                ("decided_by", models.CharField(blank=True, editable=False, max_length=254, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="decided")),
                ("forgotten_at", models.DateTimeField(editable=False, null=True, verbose_name="personal data deleted")),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reports",
                        to="organizations.organization",
                        verbose_name="organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "report of a page",
                "verbose_name_plural": "reports of pages",
                "ordering": ["-pk"],
                "default_permissions": ("view", "change", "delete"),
                "indexes": [
                    models.Index(models.F("created_at"), condition=models.Q(("decided_at", None)), name="reports_open"),
                    models.Index(
                        models.F("created_at"), condition=models.Q(("forgotten_at", None)), name="reports_not_forgotten"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("address", ""),
                            ("address__istartswith", "http://"),
                            ("address__istartswith", "https://"),
                            _connector="OR",
                        ),
                        name="report_address_is_web_address",
                        violation_error_message="A link starts with https:// or http://.",
                    ),
                    bandstand.content.fields.RowConstraint(
                        condition=models.Q(
                            ("forgotten_at__isnull", False),
                            ("kind", "child_abuse"),
                            models.Q(models.Q(("name", ""), _negated=True), models.Q(("email", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="report_says_who_sent_it",
                    ),
                    bandstand.content.fields.RowConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state__in", ("received", "in_review"))),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state__in", ("no_action", "warned", "removed", "suspended")),
                            ),
                            _connector="OR",
                        ),
                        name="report_decided_says_when",
                    ),
                ],
            },
        ),
    ]
