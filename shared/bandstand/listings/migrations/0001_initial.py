"""Agreements between two portals about listing a band."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organizations", "0026_sequences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Listing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("band_uid", models.UUIDField(editable=False, verbose_name="band")),
                ("band_name", models.CharField(max_length=120, verbose_name="band's name")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                            ("ended", "ended"),
                        ],
                        default="proposed",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="proposed")),
                ("proposed_by", models.CharField(max_length=254, verbose_name="proposed by")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                ("answered_by", models.CharField(blank=True, max_length=254, verbose_name="answered by")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("ended_by", models.CharField(blank=True, max_length=254, verbose_name="ended by")),
                (
                    "ended_side",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("lister", "the portal that listed the band"),
                            ("home", "the band's own portal"),
                            ("nobody", "neither: the band or its portal is gone"),
                        ],
                        max_length=6,
                        verbose_name="ended on the side of",
                    ),
                ),
                ("dates", models.JSONField(default=list)),
                ("followed_at", models.DateTimeField(null=True, verbose_name="dates looked up")),
                (
                    "home",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="band's portal",
                    ),
                ),
                (
                    "lister",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="listed at",
                    ),
                ),
            ],
            options={
                "verbose_name": "listing of another portal's band",
                "verbose_name_plural": "listings of other portals' bands",
                "ordering": ["-pk"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "accepted"])),
                        fields=("lister", "band_uid"),
                        name="one_open_listing_of_a_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lister", models.F("home")), _negated=True),
                        name="listing_of_another_portals_band",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("state", "proposed")),
                            models.Q(("answered_at__isnull", False), ("state__in", ["accepted", "refused"])),
                            ("state", "ended"),
                            _connector="OR",
                        ),
                        name="listing_answered_once_it_is",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", "ended"),
                                models.Q(("ended_side", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "ended"), _negated=True), ("ended_at", None), ("ended_side", "")
                            ),
                            _connector="OR",
                        ),
                        name="listing_ended_once_it_is",
                    ),
                ],
            },
        ),
    ]
