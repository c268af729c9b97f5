"""The form of a gig. Times are entered in the venue's local time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.models import Band
from bandstand.content.form_fields import TimeOfDayInput
from bandstand.content.of_bands import may_with_all
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.local_times import LocalTimesForm
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.statuses import CONSEQUENCES
from bandstand.gigs.team_fields import TEAM_FIELDS
from bandstand_web.forms.known_rows import KnownRowField
from bandstand_web.forms.own_picture import OwnPictureForm
from bandstand_web.forms.time_zones import TypedTimeZoneField
from bandstand_web.gigs.backstage.known_venues import venues_known_to, venues_suggest
from bandstand_web.gigs.line_up_field import LineUpField

TICKET_FIELDS = ("ticket_url", "price", "price_from", "price_to", "currency", "is_free", "on_sale_at", "age_limit")
PLACE = {"venue", "town", "time_zone"}
NEW_DATES_OFFERED = 50


@dataclass(frozen=True)
class Section:
    """Fields of the form that belong together; `is_folded` where most gigs need none of them."""

    title: str | Promise
    fields: list[forms.BoundField]
    is_folded: bool


class NewDateField(forms.ModelChoiceField[Gig]):
    """A gig that takes the place of another one: of those that were added last, as it often was added for that."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Gig.objects.none(), **kwargs)

    def offer(self, gigs: GigQuerySet, chosen: int | None) -> None:
        """Offer these gigs, in the order of their dates."""
        last = gigs.order_by("-pk").distinct().values("pk")[:NEW_DATES_OFFERED]
        found = Gig.objects.filter(Q(pk__in=last) | Q(pk=chosen))
        self.queryset = found.for_listing().order_by("starts_at", "pk")

    def label_from_instance(self, obj: Any) -> str:
        return f"{gig_time(obj, 'short')}: {obj.headline}, {obj.venue}"


class GigForm(OwnPictureForm, LocalTimesForm):
    """A gig with its line-up."""

    # Title and fields of each part of the page, and which of them may be folded.
    parts: ClassVar[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = (
        ("", ("title", "line_up", "tour")),
        (gettext_lazy("When"), ("starts_at", "doors_at", "ends_at", "time_zone", "precision")),
        (gettext_lazy("Where"), ("venue", "address", "town", "is_private")),
        (gettext_lazy("Status"), ("status", "option", "status_note", "new_date")),
        (gettext_lazy("For visitors"), ("notes", "access_notes", "new_picture", "picture_alt", "no_picture", "slug")),
        (gettext_lazy("Tickets"), TICKET_FIELDS),
        (gettext_lazy("For the team only"), TEAM_FIELDS),
    )
    folded = (TICKET_FIELDS, TEAM_FIELDS)

    time_zone = TypedTimeZoneField(label=gettext_lazy("Time zone of the venue"))
    line_up = LineUpField()

    new_date = NewDateField(
        label=gettext_lazy("New date"),
        required=False,
        help_text=gettext_lazy("For a postponed gig: the gig that takes its place."),
    )

    class Meta:
        model = Gig
        fields = [
            *(
                "title",
                "tour",
                "starts_at",
                "doors_at",
                "ends_at",
                "time_zone",
                "precision",
                "venue",
                "address",
                "town",
            ),
            *("is_private", "status", "option", "status_note", "new_date", "notes", "access_notes", "slug"),
            *TICKET_FIELDS,
            *TEAM_FIELDS,
        ]
        field_classes = {"tour": KnownRowField}
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 5}),
            "access_notes": forms.Textarea(attrs={"rows": 3}),
            "team_notes": forms.Textarea(attrs={"rows": 5}),
            "hotel": forms.Textarea(attrs={"rows": 2}),
            "load_in_at": TimeOfDayInput,
            "soundcheck_at": TimeOfDayInput,
            "status": forms.RadioSelect(attrs={"class": "gig-statuses"}),
        }

    field_order = [name for _title, names in parts for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["line_up"].initial = [band.pk for band in self.instance.line_up]
        self.fields["new_picture"].label = _("Poster")
        self.fields["precision"].label = _("Visitors see")
        self.fields["precision"].one_of = True  # type: ignore[attr-defined] # components/field.html reads it
        status: Any = self.fields["status"]
        status.choices = [(value, f"{capfirst(value.label)}. {text}") for value, text in CONSEQUENCES.items()]
        self._fit_new_date()
        venues_suggest(self)
        self.fields["town"].required = False
        self.fields["town"].help_text = _("Optional if the venue is listed.")
        self.fields["time_zone"].help_text = _("If the venue is listed, its own time zone is used.")

    def _fit_new_date(self) -> None:
        """Offer the coming gigs of the same bands, and what was chosen before; a new gig has none to come after it."""
        if not self.instance.pk:
            del self.fields["new_date"]
            return
        bands = [band.pk for band in self.instance.line_up]
        alike = Gig.objects.upcoming().filter(appearances__band__in=bands).exclude(pk=self.instance.pk)
        field: Any = self.fields["new_date"]
        field.offer(alike, self.instance.new_date_id)
        self.offer_trashed("new_date")

    @property
    def sections(self) -> Iterator[Section]:
        """The parts of the page."""
        for title, names in self.parts:
            fields = [self[name] for name in names if name in self.fields]
            is_used = any(field.errors or _is_filled(field) for field in fields)
            yield Section(title, fields, names in self.folded and not is_used)

    def clean(self) -> dict[str, Any]:
        """Take town, street and time zone from a known venue, before the times are read by its clock.

        A gig whose place nobody changed keeps its own, so that saving it never moves it.
        """
        given = self.cleaned_data
        is_new_place = not self.instance.pk or not PLACE.isdisjoint(self.changed_data)
        if is_new_place and (name := given.get("venue")):
            town = given.get("town")
            venues = venues_known_to(self.user)
            found = list((venues.at(name, town) if town else venues.named(name))[:2])
            if len(found) == 1:
                given["town"], given["time_zone"] = found[0].town, found[0].time_zone
                given["address"] = given.get("address") or found[0].street
        if not given.get("town") and "town" not in self.errors:
            self.add_error("town", _("Enter the town."))
        return super().clean()

    def clean_line_up(self) -> list[Band]:
        """Require a band of those whose role in a band brought them here: else they couldn't see their gig again."""
        bands: list[Band] = self.cleaned_data["line_up"]
        if not bands and not may_with_all(self.user, "change", Gig):
            raise forms.ValidationError(_("Choose at least one band."), code="required")
        return bands

    def save(self, commit: bool = True) -> Gig:
        with transaction.atomic():
            gig: Gig = super().save(commit=commit)
            line_up_set(gig=gig, bands=self.cleaned_data["line_up"])
        return gig


def _is_filled(field: forms.BoundField) -> bool:
    value = field.value()
    return value is not None and value is not False and value != ""
