"""Venues: the places where gigs happen. A name and a town make one; its time zone is that of its gigs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Func, Value
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from bandstand.content.fields import (
    CountField,
    LatitudeField,
    LongitudeField,
    WebAddressField,
    in_bounds,
    is_web_address,
)
from bandstand.content.identified import Identified
from bandstand.content.named import NameKey
from bandstand.content.recorded import Recorded
from bandstand.content.searched import Searched
from bandstand.content.trashed import Trashed, TrashedQuerySet, living
from bandstand.organizations.models import validate_time_zone


class PlaceKey(Func):
    """What a venue is told by: its name and town, folded. Gigs find theirs by it, in a trigger."""

    function = "public.place_key"
    arity = 2
    output_field = models.UUIDField()


class VenueQuerySet(TrashedQuerySet["Venue"]):
    """Vocabulary for venues."""

    def at(self, name: str, town: str) -> VenueQuerySet:
        """The venue of this name in this town, however the two are capitalized."""
        return self.alias(key=PlaceKey("name", "town")).filter(key=PlaceKey(Value(name), Value(town)))

    def named(self, name: str) -> VenueQuerySet:
        """Those of this name, in any town."""
        return self.alias(key=NameKey("name")).filter(key=NameKey(Value(name)))

    def with_gig_count(self) -> VenueQuerySet:
        """With `gig_count`, the number of its gigs."""
        gig: type[models.Model] = self.model._meta.get_field("gigs").related_model  # noqa: SLF001 # documented by Django
        return self.annotate(gig_count=models.Count("gigs", filter=living(gig, through="gigs")))

    def without_gigs(self) -> VenueQuerySet:
        """Those where no gig takes place or took place."""
        return self.filter(pk__in=self.with_gig_count().filter(models.Q(gig_count=0)).values("pk"))


class Venue(Trashed, Recorded, Searched, Identified):
    """A place where gigs happen. Gigs keep its name, town and zone beside it: a trigger writes them along."""

    found_by = {"A": ("name",), "B": ("town",), "C": ("street",)}
    taken_in_trash = _("A venue in the trash has this name and town. Restore that venue, or choose another name.")

    name = models.CharField(_("name"), max_length=120)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    town = models.CharField(_("town"), max_length=120)
    country = CountryField(_("country"), blank=True)
    latitude = LatitudeField(_("latitude"), null=True, blank=True)
    longitude = LongitudeField(_("longitude"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("The time zone of its gigs. If you correct it, their times stay the same on the clock."),
    )
    capacity = CountField(_("capacity"), null=True, blank=True, help_text=_("How many people fit in."))
    website = WebAddressField(_("website"), blank=True)
    access = models.TextField(
        _("access"),
        max_length=2000,
        blank=True,
        help_text=_("How to get there, and how people with disabilities get in."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[VenueQuerySet] = VenueQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name", "town", "pk"]
        constraints = [
            models.UniqueConstraint(
                PlaceKey("name", "town"),
                name="one_venue_per_name_and_town",
                violation_error_message=_("There is already a venue with this name in this town."),
            ),
            in_bounds("latitude", LatitudeField, name="venue_latitude_in_bounds"),
            in_bounds("longitude", LongitudeField, name="venue_longitude_in_bounds"),
            in_bounds("capacity", CountField, name="venue_capacity_in_bounds"),
            is_web_address("website", name="venue_website_is_web_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.town}"
