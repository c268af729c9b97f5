"""Tours in the backstage."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from bandstand.content.of_bands import may_with_all
from bandstand.gigs.models import Gig
from bandstand.gigs.of_tours import with_dates
from bandstand.tours.models import Tour
from bandstand.tours.spreadsheet import TourResource
from bandstand_web.forms.own_picture import OwnPictureForm
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.known import KindKnown
from bandstand_web.shell.own_rows import rights_add
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish, KindView

GIGS_SHOWN = 200


class TourForm(OwnPictureForm):
    """A tour with its picture. Its gigs name it in their own form."""

    class Meta:
        model = Tour
        fields = ["name", "text", "slug"]
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}

    field_order = ["name", "text", "new_picture", "picture_alt", "no_picture", "slug"]


class Tours(KindView):
    """What all views of tours share."""

    model: Any = Tour
    url_name = "tour"
    list_url_name = "tours"


class TourList(Tours, KindList):
    """The tours with the number and the days of their gigs."""

    heading = _("Tours")
    resource_class = TourResource
    template_name = "tours/backstage/list.html"
    shown = {"drafts": _("Drafts")}
    orders = {
        "latest": (_("Latest dates"), (F("last_at").desc(nulls_last=True), "name", "pk")),
        "name": (_("Name"), ("name", "pk")),
        "changed": (_("Last changed"), ("-updated_at", "pk")),
    }

    def filtered(self, show: str) -> QuerySet[Tour]:
        tours = Tour.objects.drafts() if show else Tour.objects.all()
        return with_dates(tours, Gig.objects.visible_to(self.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A tour is added by itself only by whoever may see it before it has gigs of their bands."""
        return {**super().get_context_data(**kwargs), "may_add": may_with_all(self.user, "add", Tour)}


class ToursKnown(Tours, KindKnown):
    """The tours that may be meant by what is typed."""


class TourPage(Tours, KindForm):
    """A tour, and its gigs."""

    form_class = TourForm
    template_name = "tours/backstage/edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        gigs: list[Gig] = []
        if self.object.pk:
            own = Gig.objects.filter(tour=self.object.pk).for_listing().visible_to(self.user)
            gigs = list(own.order_by("starts_at", "pk")[:GIGS_SHOWN])
            rights_add(gigs, self.user)
        return {**super().get_context_data(**kwargs), "gigs": gigs}


class TourAdd(TourPage, KindAdd):
    """Creates a tour."""

    in_bands = False  # without gigs it belongs to no band: there it is made together with them


class TourChange(TourPage, KindChange):
    """Changes a tour."""


class TourPublish(Tours, KindPublish):
    """Publishes a tour."""


class TourDelete(Tours, KindDelete):
    """Moves a tour to the trash. Its gigs stay."""


class TourHistory(Tours, KindHistory):
    """What was changed of a tour."""


class TourPutBack(Tours, KindPutBack):
    """Puts back a change of a tour."""
