"""Venues in the backstage."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.current import current_organization
from bandstand.venues.models import Venue
from bandstand.venues.spreadsheet import VenueResource
from bandstand_web.forms.time_zones import TypedTimeZoneField
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindView


class VenueForm(forms.ModelForm[Venue]):
    """A venue."""

    time_zone = TypedTimeZoneField(label=_("Time zone"), help_text=Venue._meta.get_field("time_zone").help_text)  # noqa: SLF001

    class Meta:
        model = Venue
        fields = [
            *("name", "street", "postcode", "town", "country", "time_zone", "capacity", "website", "access"),
            *("latitude", "longitude"),
        ]
        widgets = {"access": forms.Textarea(attrs={"rows": 4})}


class Venues(KindView):
    """What all views of venues share."""

    model: Any = Venue
    url_name = "venue"
    list_url_name = "venues"


class VenueList(Venues, KindList):
    """The venues with the number of their gigs."""

    heading = _("Venues")
    resource_class = VenueResource
    template_name = "venues/backstage/list.html"
    shown = {"unused": _("Without gigs")}
    orders = {
        "name": (_("Name"), ("name", "town", "pk")),
        "town": (_("Town"), ("town", "name", "pk")),
        "gigs": (_("Most gigs"), ("-gig_count", "name", "town", "pk")),
        "changed": (_("Last changed"), ("-updated_at", "pk")),
    }

    def filtered(self, show: str) -> QuerySet[Venue]:
        venues = Venue.objects.without_gigs() if show else Venue.objects.all()
        return venues.with_gig_count()


class VenuePage(Venues, KindForm):
    """A venue."""

    form_class = VenueForm
    template_name = "venues/backstage/edit.html"


class VenueAdd(VenuePage, KindAdd):
    """Creates a venue, in the portal's time zone unless another is chosen."""

    def get_initial(self) -> dict[str, Any]:
        return {"time_zone": current_organization().time_zone}


class VenueChange(VenuePage, KindChange):
    """Changes a venue, and the words and times of its gigs with it."""


class VenueDelete(Venues, KindDelete):
    """Moves a venue to the trash. Its gigs keep their words."""


class VenueHistory(Venues, KindHistory):
    """What was changed of a venue."""


class VenuePutBack(Venues, KindPutBack):
    """Puts back a change of a venue."""
