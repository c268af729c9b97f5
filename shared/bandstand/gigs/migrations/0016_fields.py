from datetime import UTC, datetime, timedelta
from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import bandstand.content.fields
import bandstand.gigs.statuses
import bandstand.gigs.tickets

BEFORE = ("starts_at", "time_zone", "venue", "address", "town", "status")
WATCHED = (*BEFORE, "ends_at", "precision", "is_private")


def _trigger(columns: tuple[str, ...]) -> str:
    """Return the statements that let a gig's sequence count changes of these columns; see 0015."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return f"""
DROP TRIGGER gigs_gig_sequence_raise ON gigs_gig;
CREATE TRIGGER gigs_gig_sequence_raise AFTER UPDATE OF {", ".join(columns)}, sequence ON gigs_gig FOR EACH ROW
    WHEN ({changed} OR NEW.sequence < OLD.sequence)
    EXECUTE FUNCTION public.sequence_raise();
"""


class Migration(migrations.Migration):
    """When a gig ends, how certain it is, what tickets cost, and what only the team knows."""

    contract = "code of the release before writes neither the new columns nor the new statuses, so nothing is refused"

    dependencies = [
        ("bands", "0018_band_roles"),
        ("gigs", "0015_sequence"),
        ("media", "0004_recorded"),
        ("venues", "0002_search_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="gig",
            name="access_notes",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="What people with disabilities should know about this gig, besides what the venue says.",
                max_length=1000,
                verbose_name="access",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="age_limit",
            field=bandstand.gigs.tickets.AgeField(blank=True, null=True, verbose_name="minimum age"),
        ),
        migrations.AddField(
            model_name="gig",
            name="contact",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Who to call, with name and phone number.",
                max_length=300,
                verbose_name="contact",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="currency",
            field=models.CharField(
                blank=True,
                choices=[
                    ("AUD", "AUD"),
                    ("BRL", "BRL"),
                    ("CAD", "CAD"),
                    ("CHF", "CHF"),
                    ("CZK", "CZK"),
                    ("DKK", "DKK"),
                    ("EUR", "EUR"),
                    ("GBP", "GBP"),
                    ("HUF", "HUF"),
                    ("ILS", "ILS"),
                    ("INR", "INR"),
                    ("ISK", "ISK"),
                    ("JPY", "JPY"),
                    ("KRW", "KRW"),
                    ("MXN", "MXN"),
                    ("NOK", "NOK"),
                    ("NZD", "NZD"),
                    ("PLN", "PLN"),
                    ("RON", "RON"),
                    ("SEK", "SEK"),
                    ("SGD", "SGD"),
                    ("TRY", "TRY"),
                    ("UAH", "UAH"),
                    ("USD", "USD"),
                    ("ZAR", "ZAR"),
                ],
                db_default="",
                default="",
                max_length=3,
                verbose_name="currency",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="ends_at",
            field=bandstand.content.fields.MomentField(blank=True, null=True, verbose_name="end"),
        ),
        migrations.AddField(
            model_name="gig",
            name="fee",
            field=models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="fee"),
        ),
        migrations.AddField(
            model_name="gig",
            name="hotel",
            field=models.TextField(blank=True, db_default="", default="", max_length=500, verbose_name="accommodation"),
        ),
        migrations.AddField(
            model_name="gig",
            name="is_free",
            field=models.BooleanField(db_default=False, default=False, verbose_name="free entry"),
        ),
        migrations.AddField(
            model_name="gig",
            name="is_private",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Visitors see the date and “Private event”, and not where it is.",
                verbose_name="private event",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="load_in_at",
            field=models.TimeField(blank=True, help_text="Local time at the venue.", null=True, verbose_name="load-in"),
        ),
        migrations.AddField(
            model_name="gig",
            name="new_date",
            field=models.ForeignKey(
                blank=True,
                db_default=None,
                help_text="For a postponed gig: the gig that takes its place.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="former_dates",
                to="gigs.gig",
                verbose_name="new date",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="on_sale_at",
            field=bandstand.content.fields.MomentField(
                blank=True,
                help_text="Visitors see the ticket link from then on.",
                null=True,
                verbose_name="on sale from",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="option",
            field=bandstand.gigs.statuses.OptionField(
                blank=True,
                help_text="For a hold: 1 for a first option, 2 for a second one.",
                null=True,
                verbose_name="option",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="picture",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="media.picture",
                verbose_name="poster",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="precision",
            field=models.CharField(
                choices=[("time", "Date and time"), ("day", "Whole day"), ("month", "Date to be announced")],
                db_default="time",
                default="time",
                help_text="For a date to be announced, visitors see the month only.",
                max_length=5,
                verbose_name="when",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="price_from",
            field=bandstand.gigs.tickets.PriceField(
                blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="price from"
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="price_to",
            field=bandstand.gigs.tickets.PriceField(
                blank=True,
                decimal_places=2,
                help_text="Only if there are several prices.",
                max_digits=8,
                null=True,
                verbose_name="price up to",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="soundcheck_at",
            field=models.TimeField(
                blank=True, help_text="Local time at the venue.", null=True, verbose_name="soundcheck"
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="status_note",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Shown with the status, for example why it is cancelled and what happens to tickets.",
                max_length=300,
                verbose_name="sentence for visitors",
            ),
        ),
        migrations.AddField(
            model_name="gig",
            name="team_notes",
            field=models.TextField(blank=True, db_default="", default="", max_length=5000, verbose_name="team notes"),
        ),
        migrations.AlterField(
            model_name="gig",
            name="status",
            field=models.CharField(
                choices=[
                    ("idea", "idea"),
                    ("hold", "hold"),
                    ("confirmed", "confirmed"),
                    ("scheduled", "announced"),
                    ("sold_out", "sold out"),
                    ("postponed", "postponed"),
                    ("cancelled", "cancelled"),
                ],
                default="scheduled",
                max_length=12,
                verbose_name="status",
            ),
        ),
        migrations.AddIndex(
            model_name="gig",
            index=models.Index(
                condition=models.Q(("on_sale_at__isnull", False)), fields=["on_sale_at"], name="gig_on_sale_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.RowConstraint(
                condition=models.Q(
                    ("ends_at", None),
                    models.Q(
                        ("ends_at__gt", models.F("starts_at")),
                        (
                            "ends_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("starts_at"), "+", models.Value(timedelta(days=31))
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="gig_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.RowConstraint(
                condition=models.Q(("precision__in", ["time", "day", "month"])), name="gig_precision_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("ends_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("ends_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="gig_ends_at_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.RowConstraint(
                condition=models.Q(
                    models.Q(("price_from", None), ("price_to", None)),
                    models.Q(
                        ("price_from__isnull", False),
                        models.Q(("price_to", None), ("price_to__gte", models.F("price_from")), _connector="OR"),
                        models.Q(("currency", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="gig_prices_fit",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(
                    ("on_sale_at__gte", datetime(1899, 12, 31, 0, 0, tzinfo=UTC)),
                    ("on_sale_at__lt", datetime(2201, 1, 2, 0, 0, tzinfo=UTC)),
                ),
                name="gig_on_sale_at_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("price_from__gte", Decimal("0")), ("price_from__lte", Decimal("99999"))),
                name="gig_price_from_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("price_to__gte", Decimal("0")), ("price_to__lte", Decimal("99999"))),
                name="gig_price_to_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("age_limit__gte", 1), ("age_limit__lte", 99)), name="gig_age_limit_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("idea", "hold", "confirmed")), _negated=True),
                    models.Q(("is_published", False), ("publish_at", None)),
                    _connector="OR",
                ),
                name="gig_unannounced_is_draft",
                violation_error_message="Visitors can't see a gig with this status. Choose “Announced” to publish it, or keep a draft.",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.RowConstraint(
                condition=models.Q(
                    ("new_date", None), models.Q(("new_date", models.F("id")), _negated=True), _connector="OR"
                ),
                name="gig_is_not_its_new_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="gig",
            constraint=bandstand.content.fields.BoundsConstraint(
                condition=models.Q(("option__gte", 1), ("option__lte", 9)), name="gig_option_in_bounds"
            ),
        ),
        migrations.RunSQL(_trigger(WATCHED), _trigger(BEFORE)),
    ]
