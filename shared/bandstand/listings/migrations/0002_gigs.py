import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="gigs_given_at",
            field=models.DateTimeField(null=True, verbose_name="gigs given"),
        ),
        migrations.AddField(
            model_name="listing",
            name="gigs_given_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=254, verbose_name="gigs given by"),
        ),
        migrations.AddField(
            model_name="listing",
            name="gigs_wanted_at",
            field=models.DateTimeField(null=True, verbose_name="gigs wanted"),
        ),
        migrations.AddField(
            model_name="listing",
            name="gigs_wanted_by",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=254, verbose_name="gigs wanted by"
            ),
        ),
        migrations.CreateModel(
            name="SentGig",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gig", models.UUIDField(editable=False)),
                ("told", models.JSONField()),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("is_refused", models.BooleanField(default=False)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "listing",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="listings.listing",
                    ),
                ),
            ],
            options={
                "verbose_name": "gig for another portal",
                "verbose_name_plural": "gigs for other portals",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("listing", "gig"), name="gig_is_sent_once")],
            },
        ),
    ]
