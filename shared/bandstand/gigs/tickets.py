"""What it costs to get in, from when on tickets are sold, and who may come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content import form_fields
from bandstand.content.fields import Bounded, BoundedNumber, MomentField, RowConstraint, in_bounds
from bandstand.content.one_moment import this_moment

OLDEST_ADMITTED = 99
# ISO 4217, those that people who book bands are paid in most, in alphabetical order.
CURRENCIES = (
    *("AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HUF", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "NOK"),
    *("NZD", "PLN", "RON", "SEK", "SGD", "TRY", "UAH", "USD", "ZAR"),
)


class PriceField(Bounded, models.DecimalField):  # type: ignore[type-arg] # it takes none at run time
    """An amount of money, to two decimals."""

    least, most = Decimal(0), Decimal(99_999)
    default_validators = [MinValueValidator(least), MaxValueValidator(most)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 8, "decimal_places": 2, **kwargs})

    def formfield(self, **kwargs: Any) -> Any:
        # Past DecimalField, whose own would ask for digits and decimals that this field's grammar has.
        given = {"form_class": form_fields.AmountField, "most": self.most, **kwargs}
        return models.Field.formfield(self, **given)


class AgeField(BoundedNumber, models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """An age in years."""

    least, most = 1, OLDEST_ADMITTED
    default_validators = [MinValueValidator(least), MaxValueValidator(most)]


class Ticketed(models.Model):
    """A row to which people buy tickets. The model has `price`, a text that replaces the amounts, and `ticket_url`."""

    on_sale_at = MomentField(
        _("on sale from"), null=True, blank=True, help_text=_("Visitors see the ticket link from then on.")
    )
    price_from = PriceField(_("price from"), null=True, blank=True)
    price_to = PriceField(_("price up to"), null=True, blank=True, help_text=_("Only if there are several prices."))
    currency = models.CharField(
        _("currency"),
        max_length=3,
        choices=[(code, code) for code in CURRENCIES],
        blank=True,
        default="",
        db_default="",
    )
    is_free = models.BooleanField(_("free entry"), default=False, db_default=False)
    age_limit = AgeField(_("minimum age"), null=True, blank=True)
    access_notes = models.TextField(
        _("access"),
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text=_("What people with disabilities should know about this gig, besides what the venue says."),
    )

    price: str

    class Meta:
        abstract = True

    @property
    def is_sold_later(self) -> bool:
        """Whether the sale of tickets is still to begin."""
        return self.on_sale_at is not None and self.on_sale_at > this_moment()

    def validate_prices(self) -> None:
        """Raise ValidationError where the amounts contradict each other."""
        if self.is_free and (self.price_from or self.price_to):
            raise ValidationError({"is_free": _("Clear the prices, or untick “free entry”.")})
        if self.price_to is not None and self.price_from is None:
            raise ValidationError({"price_from": _("Enter the lowest price too.")})
        if self.price_to is not None and self.price_from is not None and self.price_to < self.price_from:
            raise ValidationError({"price_to": _("The highest price can't be below the lowest.")})
        if self.price_from is not None and not self.currency:
            raise ValidationError({"currency": _("Choose the currency of the prices.")})


def sale_index(name: str) -> models.Index:
    """Return the index by which the next beginning of a sale is found, when pages change by themselves."""
    return models.Index(fields=["on_sale_at"], condition=models.Q(on_sale_at__isnull=False), name=name)


def ticket_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a model that is Ticketed; their names begin with `name`."""
    no_price, one_price = models.Q(price_from=None, price_to=None), models.Q(price_from__isnull=False)
    in_order = models.Q(price_to=None) | models.Q(price_to__gte=models.F("price_from"))
    return [
        RowConstraint(condition=no_price | (one_price & in_order & ~models.Q(currency="")), name=f"{name}_prices_fit"),
        in_bounds("on_sale_at", MomentField, name=f"{name}_on_sale_at_in_bounds"),
        in_bounds("price_from", PriceField, name=f"{name}_price_from_in_bounds"),
        in_bounds("price_to", PriceField, name=f"{name}_price_to_in_bounds"),
        in_bounds("age_limit", AgeField, name=f"{name}_age_limit_in_bounds"),
    ]
