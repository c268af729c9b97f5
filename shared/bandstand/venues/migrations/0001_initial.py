from decimal import Decimal

import django.core.validators
import django_countries.fields
from django.db import migrations, models

import bandstand.content.fields
import bandstand.content.identified
import bandstand.organizations.models
import bandstand.venues.models
from bandstand.content.recording import record_changes


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("content", "0002_changes"),
        ("organizations", "0023_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="Venue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", bandstand.content.identified.UidField()),
                ("trashed_at", models.DateTimeField(editable=False, null=True, verbose_name="in the trash since")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("street", models.CharField(blank=True, max_length=200, verbose_name="street address")),
                ("postcode", models.CharField(blank=True, max_length=16, verbose_name="postcode")),
                ("town", models.CharField(max_length=120, verbose_name="town")),
                ("country", django_countries.fields.CountryField(blank=True, max_length=2, verbose_name="country")),
                (
                    "latitude",
                    bandstand.content.fields.LatitudeField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="latitude"
                    ),
                ),
                (
                    "longitude",
                    bandstand.content.fields.LongitudeField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="longitude"
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        help_text="The time zone of its gigs. If you correct it, their times stay the same on the clock.",
                        max_length=64,
                        validators=[bandstand.organizations.models.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "capacity",
                    bandstand.content.fields.CountField(
                        blank=True, help_text="How many people fit in.", null=True, verbose_name="capacity"
                    ),
                ),
                (
                    "website",
                    models.URLField(
                        blank=True,
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="website",
                    ),
                ),
                (
                    "access",
                    models.TextField(
                        blank=True,
                        help_text="How to get there, and how people with disabilities get in.",
                        max_length=2000,
                        verbose_name="access",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "verbose_name": "venue",
                "verbose_name_plural": "venues",
                "ordering": ["name", "town", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        bandstand.venues.models.PlaceKey("name", "town"),
                        name="one_venue_per_name_and_town",
                        violation_error_message="There is already a venue with this name in this town.",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(("latitude__gte", Decimal("-90")), ("latitude__lte", Decimal("90"))),
                        name="venue_latitude_in_bounds",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(("longitude__gte", Decimal("-180")), ("longitude__lte", Decimal("180"))),
                        name="venue_longitude_in_bounds",
                    ),
                    bandstand.content.fields.BoundsConstraint(
                        condition=models.Q(("capacity__gte", 0), ("capacity__lte", 1000000000)),
                        name="venue_capacity_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("website", ""),
                            ("website__istartswith", "http://"),
                            ("website__istartswith", "https://"),
                            _connector="OR",
                        ),
                        name="venue_website_is_web_address",
                        violation_error_message="A link starts with https:// or http://.",
                    ),
                ],
            },
        ),
        record_changes("venues_venue", kind="venues.venue"),
    ]
