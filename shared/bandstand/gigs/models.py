"""Gigs: who plays where and when. "When" is an instant and the zone of the place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query import ModelIterable
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.content.addressed import Addressed, AddressField
from bandstand.content.fields import MomentField, WebAddressField, in_bounds, is_web_address
from bandstand.content.identified import Identified
from bandstand.content.one_moment import this_moment
from bandstand.content.publishable import Publishable, PublishableQuerySet, publication_index, visible
from bandstand.content.recorded import Recorded
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized
from bandstand.content.translated import told, translations_in_bounds, versions_shown
from bandstand.content.trashed import Trashed, TrashedQuerySet
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.outside import OutletsField
from bandstand.gigs.shown_columns import CALENDAR_FIELDS, IN_ROWS, IN_TABLES
from bandstand.gigs.sources import SOURCE_COLUMNS, FromCalendar, source_constraints
from bandstand.gigs.statuses import OFF, Status, WithStatus, status_constraints
from bandstand.gigs.team_fields import ForTeam
from bandstand.gigs.tickets import Ticketed, sale_index, ticket_constraints
from bandstand.gigs.timing import IN_CALENDARS, LATEST_GRACE, LONGEST, OverAt, Precision, Timed, timing_constraints
from bandstand.gigs.turning import next_end, next_to_leave_calendars
from bandstand.gigs.withdrawn import WithdrawnGig  # noqa: F401 # Django looks for models here
from bandstand.media.models import Picture, picture_key
from bandstand.organizations.models import validate_time_zone
from bandstand.organizations.rows_in_languages import InPortalsLanguages
from bandstand.organizations.spelling import portal_slug
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue


class _WithoutPrivatePlaces(ModelIterable):  # type: ignore[type-arg] # it takes none at run time
    """Makes gigs of rows, and lets private events forget where they are."""

    def __iter__(self) -> Iterator[Gig]:
        for gig in super().__iter__():
            if gig.is_private:
                gig.hide_place()
            yield gig


class GigQuerySet(PublishableQuerySet["Gig"], TrashedQuerySet["Gig"]):  # type: ignore[override] # of as_manager()
    """Vocabulary for lists of gigs."""

    def without_private_places(self) -> GigQuerySet:
        """Where each is, but for private events: whatever is made of these rows can't say it."""
        gigs = self.all()
        gigs._iterable_class = _WithoutPrivatePlaces  # noqa: SLF001 - as `values()` and `iterator()` take Django's own
        return gigs

    def upcoming(self, now: datetime | None = None) -> GigQuerySet:
        """Those that are to come or may still go on, the next first."""
        now = now or this_moment()
        near = self.filter(starts_at__gte=now - LONGEST - LATEST_GRACE)  # by the index
        return near.alias(over=OverAt()).filter(over__gte=now).order_by("starts_at", "pk")

    def past(self, now: datetime | None = None) -> GigQuerySet:
        """Those that are over, the latest first."""
        now = now or this_moment()
        begun = self.filter(starts_at__lt=now).alias(over=OverAt())
        return begun.filter(over__lt=now).order_by("-starts_at", "-pk")

    def taking_place(self) -> GigQuerySet:
        """Those that are neither cancelled nor postponed."""
        return self.exclude(status__in=OFF)

    def happening(self) -> GigQuerySet:
        """Those that the team has to be at: what visitors see, and what is confirmed without being announced."""
        return self.taking_place().filter(visible(Gig) | models.Q(status=Status.CONFIRMED))

    def in_calendars(self, now: datetime | None = None) -> GigQuerySet:
        """Those that a calendar shows, the first first: all that are to come, and those of the last twelve months."""
        dated = self.exclude(precision=Precision.MONTH)
        return dated.filter(starts_at__gte=(now or this_moment()) - IN_CALENDARS).order_by("starts_at", "pk")

    def in_town(self, town: str, *, with_private: bool = False) -> GigQuerySet:
        """Those in `town`, however it is capitalized: for the team also private events, whose place isn't told else."""
        gigs = self.filter(town__iexact=town)
        return gigs if with_private else gigs.filter(is_private=False)

    def of_band(self, band: Band) -> GigQuerySet:
        """Those at which `band` plays."""
        return self.filter(appearances__band=band)

    def of_tour(self, tour: Tour) -> GigQuerySet:
        """Those of a tour."""
        return self.filter(tour=tour)

    def for_listing(self) -> GigQuerySet:
        """With the bands of each gig, in running order, in one further query."""
        return self.prefetch_related(
            models.Prefetch("appearances", Appearance.objects.select_related("band", "band__photo", "band__logo"))
        )

    def for_table(self) -> GigQuerySet:
        """With what a table of the team shows of each gig, which is a third of its columns, and the bands' names."""
        return self.only(*IN_TABLES).with_names()

    def with_names(self, playing: models.QuerySet[Appearance] | None = None) -> GigQuerySet:
        """With the names of the bands, or those of `playing`, which is what headlines are made of. No further query."""
        places = Appearance.objects.all() if playing is None else playing
        of_gig = places.filter(gig=models.OuterRef("pk")).order_by("position", "pk")
        return self.annotate(told_names=ArraySubquery(of_gig.values(told_name=told("band__name"))))

    def for_rows(self) -> GigQuerySet:
        """As for visitors, with no more than a list shows of each."""
        playing = Appearance.objects.filter(visible(Band, through="band"))
        return self.without_private_places().only(*IN_ROWS, *versions_shown()).with_names(playing)

    def for_visitors(self) -> GigQuerySet:
        """With the published bands in running order. Names of drafts and private places stay with the team."""
        appearances = Appearance.objects.filter(visible(Band, through="band")).select_related("band")
        return self.without_private_places().prefetch_related(models.Prefetch("appearances", appearances))

    def for_page(self) -> GigQuerySet:
        """As for visitors, with the pictures of the gig and of its bands."""
        appearances = Appearance.objects.filter(visible(Band, through="band"))
        appearances = appearances.select_related("band", "band__photo", "band__logo")
        gigs = self.without_private_places().select_related("picture", "place")
        return gigs.prefetch_related(models.Prefetch("appearances", appearances))

    def for_calendars(self) -> GigQuerySet:
        """As for visitors, with where each place is on the map. Of bands their names alone: it may be thousands."""
        appearances = Appearance.objects.filter(visible(Band, through="band")).select_related("band")
        appearances = appearances.only("gig_id", "on_stage_at", "band__name", *versions_shown("band"))
        places = self.select_related("place")
        places = places.only(*CALENDAR_FIELDS, "place__latitude", "place__longitude", *versions_shown())
        line_ups = models.Prefetch(
            "appearances", appearances, to_attr="told_appearances"
        )  # a filter per gig less to build
        return places.without_private_places().prefetch_related(line_ups)


class Gig(
    Timed,
    WithStatus,
    Ticketed,
    ForTeam,
    FromCalendar,
    Trashed,
    Recorded,
    Searched,
    Publishable,
    Addressed,
    Identified,
    InPortalsLanguages,
):
    """One evening at one place with one or more bands."""

    edited_below = "/backstage/gigs/"
    turns_by = ("on_sale_at",)
    taken_in_trash = _("A gig in the trash has this URL. Restore that gig, or choose another URL.")
    unrecorded = ("place_id", "sequence", "series", *SOURCE_COLUMNS)
    _place_is_hidden = False
    found_by = {"A": ("title",), "B": ("bands__name",), "C": ("town", "venue"), "D": ("notes",)}
    translated_fields = ("access_notes", "notes", "price", "status_note", "title")
    hidden_if = {"town": "is_private", "venue": "is_private"}

    Status: ClassVar = Status
    Precision: ClassVar = Precision

    title = models.CharField(_("title"), max_length=140, blank=True, help_text=_("If blank, we use the band names."))
    slug = AddressField(
        help_text=_("Last part of the page's URL. If blank, it is made from the date and the venue."),
        error_messages={"unique": _("Another gig already has this URL.")},
    )
    bands: models.ManyToManyField[Band, Appearance] = models.ManyToManyField(
        Band, through="Appearance", related_name="gigs", verbose_name=_("bands")
    )
    tour = models.ForeignKey(
        Tour,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="gigs",
        verbose_name=_("tour"),
        help_text=_("A tour, a season or a series with a page of its own."),
    )
    # Found or made by a trigger, from the words beside it, which code of the release before writes and reads.
    place = models.ForeignKey(
        Venue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="gigs",
        verbose_name=_("venue"),
    )
    venue = models.CharField(_("venue"), max_length=120)
    address = models.CharField(_("street address"), max_length=200, blank=True)
    town = models.CharField(_("town"), max_length=120)
    starts_at: models.DateTimeField[datetime, datetime] = MomentField(_("start"), db_index=True)
    doors_at = MomentField(_("doors"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("The venue's time zone, such as Europe/Berlin. Times are shown in it."),
    )
    is_private = models.BooleanField(
        _("private event"),
        default=False,
        db_default=False,
        help_text=_("Visitors see the date and “Private event”, and not where it is."),
    )
    picture = picture_key(_("poster"))
    ticket_url = WebAddressField(_("ticket link"), blank=True)
    price = models.CharField(
        _("price"), max_length=80, blank=True, help_text=_("As visitors will see it: “€12, free for members”.")
    )
    notes = models.TextField(
        _("notes"), max_length=2000, blank=True, help_text=_("For visitors. You can use Markdown.")
    )
    # What gigs have in common that were added together; see `series`.
    series = models.UUIDField(null=True, editable=False)
    # Raised by a trigger when the start, the place or the status changes. Source: RFC 5545, 3.8.7.4
    sequence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    outlets = OutletsField()
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[GigQuerySet] = GigQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("gig")
        verbose_name_plural = _("gigs")
        ordering = ["-starts_at", "-pk"]
        indexes = [
            publication_index("gig_publish_at"),
            sale_index("gig_on_sale_at"),
            models.Index(fields=["series"], condition=models.Q(series__isnull=False), name="gig_series"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(doors_at__isnull=True) | models.Q(doors_at__lte=models.F("starts_at")),
                name="gig_doors_before_start",
                violation_error_message=_("Doors have to open before the start."),
            ),
            is_web_address("ticket_url", name="gig_ticket_link_is_web_address"),
            in_bounds("starts_at", MomentField, name="gig_starts_at_in_bounds"),
            in_bounds("doors_at", MomentField, name="gig_doors_at_in_bounds"),
            in_bounds("publish_at", MomentField, name="gig_publish_at_in_bounds"),
            translations_in_bounds(name="gig_translations_in_bounds"),
            *timing_constraints("gig"),
            *ticket_constraints("gig"),
            *status_constraints("gig"),
            *source_constraints("gig"),
        ]

    def __str__(self) -> str:
        return self.title or self.where_briefly

    @classmethod
    def turns(cls, after: datetime) -> Iterator[models.QuerySet[Any]]:
        """Besides those of all kinds: the end of a gig within the day, and a past one's that leaves calendars."""
        yield from super().turns(after)
        yield next_end(cls._base_manager.order_by(), after)
        yield next_to_leave_calendars(cls._base_manager.order_by(), after)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store. Raises ValueError for a row whose place was hidden: it would be lost."""
        if self._place_is_hidden:
            raise ValueError("The place of this gig is hidden.")
        super().save(*args, **kwargs)

    def hide_place(self) -> None:
        """Forget where it is, so that nothing made of it can say so."""
        self._place_is_hidden = True
        self.venue = self.address = self.town = ""
        self.place = None

    def wanted_slug(self) -> str:
        """Return the date and the place, as far as visitors may know them."""
        day = f"{self.local_start:%Y-%m-%d}" if self.has_day else f"{self.local_start:%Y-%m}"
        return portal_slug(f"{day} private" if self.is_private else f"{day} {self.venue} {self.town}", fallback="gig")

    def clean(self) -> None:
        """Raise ValidationError for values that contradict each other."""
        super().clean()
        self.validate_values()

    def validate_values(self) -> None:
        """Raise ValidationError as `clean()` does, without a query."""
        self.validate_times()
        self.validate_prices()
        self.validate_new_date()
        self._validate_private_address()

    def _validate_private_address(self) -> None:
        places = [portal_slug(place, fallback="") for place in (self.venue, self.town)]
        if self.is_private and any(place and f"-{place}-" in f"-{self.slug}-" for place in places):
            raise ValidationError({"slug": _("This URL says where the private event is. Clear it to get another one.")})

    def get_absolute_url(self) -> str:
        """Return the path of the gig's page. Written out, because the worker, which mails it, has no URLconf."""
        return localized(f"/gigs/{self.slug}/")

    @property
    def is_led_on_to(self) -> bool:  # type: ignore[override] # here it depends on the row
        """A private event's former addresses may name the place: being led on would confirm a guess."""
        return not self.is_private

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the place."""
        return ZoneInfo(self.time_zone)

    @property
    def local_doors(self) -> datetime | None:
        """The opening of the doors as a clock at the place shows it."""
        return self.doors_at.astimezone(self.zone) if self.doors_at else None

    @property
    def where(self) -> str:
        """Venue, street address and town, as far as they are known."""
        parts = [part for part in (self.venue, self.address, self.town) if part]
        return ", ".join(parts) or str(_("Private event"))

    @property
    def where_briefly(self) -> str:
        """Venue and town."""
        return f"{self.venue}, {self.town}" if self.venue else str(_("Private event"))

    @property
    def is_past(self) -> bool:
        """Whether the gig is over, as `past()` counts it."""
        return self.over_at < this_moment()

    @property
    def sells_tickets(self) -> bool:
        """Whether visitors can get tickets at the link, now."""
        is_on = self.takes_place and not self.is_past and self.status != Status.SOLD_OUT
        return bool(self.ticket_url) and is_on and not self.is_sold_later

    @property
    def shown_poster(self) -> Picture | None:
        """The picture that stands for it: its poster, else that of the first band."""
        if self.picture is not None and self.picture.is_ready:
            return self.picture
        line_up = self.line_up
        return line_up[0].poster if line_up else None

    @property
    def line_up(self) -> list[Band]:
        """The bands in running order; no query where `for_listing()` or `for_calendars()` fetched them."""
        return [appearance.band for appearance in self.places]

    @property
    def places(self) -> list[Appearance]:
        """The places in the line-up, as far as they were fetched for whoever asks; else all of them, by a query."""
        fetched: list[Appearance] | None = self.__dict__.get("told_appearances")
        if fetched is None:  # the cache itself: `all()` would copy the queryset each time
            fetched = self.__dict__.get("_prefetched_objects_cache", {}).get("appearances")
        return list(self.appearances.all() if fetched is None else fetched)

    @property
    def headline(self) -> str:
        """The title, or else the bands' names, or else the venue."""
        return self.title or self._headline_of(self.band_names)

    @property
    def band_names(self) -> list[str]:
        """The names of the bands in running order; no query where `with_names()` or others fetched them."""
        told: list[str] | None = self.__dict__.get("told_names")
        return [band.name for band in self.line_up] if told is None else told

    def headline_of(self, line_up: list[Band]) -> str:
        """Return the headline, for callers that have the line-up already."""
        return self.title or self._headline_of([band.name for band in line_up])

    def _headline_of(self, names: list[str]) -> str:
        return get_text_list(names, str(_("and"))) if names else str(self)
