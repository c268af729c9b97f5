import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import bandstand.content.identified
from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bands", "0013_search_entries"),
        ("content", "0002_changes"),
        ("organizations", "0022_content_changes"),
        ("media", "0004_recorded"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", bandstand.content.identified.UidField()),
                ("trashed_at", models.DateTimeField(editable=False, null=True, verbose_name="in the trash since")),
                (
                    "name",
                    models.CharField(
                        help_text="As visitors see it, in all of their bands.", max_length=120, verbose_name="name"
                    ),
                ),
                (
                    "sort_name",
                    models.CharField(
                        blank=True,
                        help_text="For example, “Bell, Anna”. If blank, the name is used.",
                        max_length=120,
                        verbose_name="sorted as",
                    ),
                ),
                ("pronouns", models.CharField(blank=True, max_length=40, verbose_name="pronouns")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "notes",
                    models.TextField(
                        blank=True,
                        help_text="Seen by owners and managers only, like email, phone and account.",
                        max_length=5000,
                        verbose_name="internal notes",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "instruments",
                    models.ManyToManyField(
                        blank=True, related_name="people", to="bands.instrument", verbose_name="instruments"
                    ),
                ),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="media.picture",
                        verbose_name="picture",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        error_messages={"unique": "This account is already someone else's."},
                        help_text="The account with which this person logs in here, if there is one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "ordering": ["name", "pk"],
                "permissions": [("private_person", "Can see and change email, phone and notes of people")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="person_has_name",
                        violation_error_message="A person needs a name.",
                    )
                ],
            },
        ),
        record_changes("people_person", kind="people.person"),
        record_changes(
            "people_person_instruments", kind="people.person", part="people.person_instruments", column="person_id"
        ),
    ]
