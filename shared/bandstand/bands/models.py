"""Bands, the people in them, and what goes with a band."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from bandstand.bands.band_links import BandLink  # noqa: F401 # Django finds models here
from bandstand.bands.band_roles import BandRole  # noqa: F401 # Django finds models here
from bandstand.bands.shown_members import ShownToVisitors
from bandstand.content.addressed import Addressed, AddressField
from bandstand.content.fields import (
    MomentField,
    PositionField,
    YearField,
    in_bounds,
    not_before,
    validate_begun,
)
from bandstand.content.identified import Identified
from bandstand.content.named import Named, NamedQuerySet
from bandstand.content.names import name_key
from bandstand.content.publishable import Publishable, PublishableQuerySet, publication_index
from bandstand.content.recorded import Recorded
from bandstand.content.rendering import description_of, render_markdown
from bandstand.content.searched import Searched
from bandstand.content.shown_language import localized
from bandstand.content.slugs import validate_not_reserved
from bandstand.content.translated import translations_in_bounds, versions_shown
from bandstand.content.trashed import LivingQuerySet, Trashed, TrashedQuerySet
from bandstand.media.models import Picture, columns_shown, picture_key
from bandstand.organizations.limited import Limited, LimitedQuerySet
from bandstand.organizations.plans import Limit
from bandstand.organizations.rows_in_languages import InPortalsLanguages
from bandstand.organizations.spelling import portal_slug

BIOGRAPHY_MAX_LENGTH = 20_000


class Genre(Recorded, Addressed, Named):
    """A kind of music."""

    name_is_taken = _("A genre with this name already exists.")
    unrecorded = ("name_key",)

    name = models.CharField(_("name"), max_length=60)

    objects: ClassVar[NamedQuerySet[Genre]] = NamedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("genre")
        verbose_name_plural = _("genres")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def wanted_slug(self) -> str:
        return portal_slug(self.name, fallback="genre")


class Instrument(Recorded, Named):
    """What somebody plays."""

    name_is_taken = _("An instrument with this name already exists.")
    unrecorded = ("name_key",)

    name = models.CharField(_("name"), max_length=60)

    objects: ClassVar[NamedQuerySet[Instrument]] = NamedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BandQuerySet(PublishableQuerySet["Band"], TrashedQuerySet["Band"], LimitedQuerySet["Band"]):  # type: ignore[override] # of as_manager()
    """Vocabulary for lists of bands."""

    def playing(self, genre: str) -> BandQuerySet:
        """Those with the genre of this slug."""
        return self.filter(genres__slug=genre)

    def from_town(self, town: str) -> BandQuerySet:
        """Those from this town, however it is capitalized."""
        key = name_key(town)
        return self.filter(town__in=[known for known in self.towns() if name_key(known) == key])

    def for_listing(self) -> BandQuerySet:
        """With what a listing shows of each band, in two queries."""
        return self.select_related("photo", "logo").prefetch_related("genres").order_by("name", "pk")

    def for_posters(self) -> BandQuerySet:
        """With what posters show of each band, and no more, as biographies are long. One query."""
        genres = Genre.objects.filter(bands=models.OuterRef("pk")).names_as_array()
        shown = self.only("uid", "name", "slug", "can_rock", "town", *columns_shown("photo", "logo"), *versions_shown())
        return shown.select_related("photo", "logo").annotate(told_genres=genres)

    def for_page(self) -> BandQuerySet:
        """With all that a band's own page shows."""
        members = models.Prefetch("members", Member.objects.shown().for_page())
        gallery = models.Prefetch("gallery", BandPhoto.objects.shown().select_related("picture"))
        bands = self.select_related("photo", "logo").prefetch_related("genres", "links", members)
        return bands.prefetch_related(gallery)

    def towns(self) -> list[str]:
        """Return the towns that the bands come from, in order, each once."""
        return list(self.exclude(town="").order_by("town").values_list("town", flat=True).distinct())


class Band(Trashed, Recorded, Searched, Publishable, Addressed, Identified, Limited, InPortalsLanguages):
    """A band of the portal."""

    limited_by = Limit.BANDS
    edited_below = "/backstage/bands/"
    taken_in_trash = _("A band in the trash has this URL. Restore that band, or choose another URL.")
    recorded_links = ("genres",)
    found_by = {"A": ("name",), "B": ("genres__name", "members__name"), "C": ("town",), "D": ("biography",)}
    translated_fields = ("biography", "name")

    name = models.CharField(_("name"), max_length=120)
    slug = AddressField(
        validators=[validate_not_reserved],
        help_text=_("Last part of the page's URL. If blank, it is made from the name."),
        error_messages={"unique": _("Another band already has this URL.")},
    )
    can_rock = models.BooleanField(_("can rock"), default=True, help_text=_("Stamps the poster."))
    biography = models.TextField(
        _("biography"), max_length=BIOGRAPHY_MAX_LENGTH, blank=True, help_text=_("You can use Markdown.")
    )
    formed = YearField(_("formed in"), null=True, blank=True, validators=[validate_begun])
    ended = YearField(_("split up in"), null=True, blank=True, help_text=_("Leave blank while the band is active."))
    town = models.CharField(_("town"), max_length=120, blank=True)
    country = CountryField(_("country"), blank=True)
    genres: models.ManyToManyField[Genre, Genre] = models.ManyToManyField(
        Genre, blank=True, related_name="bands", verbose_name=_("genres")
    )
    logo = picture_key(_("logo"))
    photo = picture_key(_("photo"))
    photos: models.ManyToManyField[Picture, BandPhoto] = models.ManyToManyField(
        Picture, through="BandPhoto", related_name="bands", verbose_name=_("photos")
    )
    contact_email = models.EmailField(
        _("contact email"), blank=True, help_text=_("Receives messages from the contact form. It is never shown.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[BandQuerySet] = BandQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("band")
        verbose_name_plural = _("bands")
        ordering = ["name", "pk"]
        indexes = [publication_index("band_publish_at")]
        constraints = [
            models.CheckConstraint(
                condition=not_before("ended", "formed"),
                name="band_ended_after_formed",
                violation_error_message=_("A band can't split up before it was formed."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="band_has_name",
                violation_error_message=_("A band needs a name."),
            ),
            in_bounds("formed", YearField, name="band_formed_in_bounds"),
            in_bounds("ended", YearField, name="band_ended_in_bounds"),
            in_bounds("publish_at", MomentField, name="band_publish_at_in_bounds"),
            translations_in_bounds(name="band_translations_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.name

    def wanted_slug(self) -> str:
        return portal_slug(self.name, fallback="band")

    def get_absolute_url(self) -> str:
        """Return the path of the band's page. Written out, because the worker, which mails it, has no URLconf."""
        return localized(f"/bands/{self.slug}/")

    def validate_parts(self) -> None:
        """Refuse members who are somebody that was merged with somebody else since."""
        gone = self.members.filter(person__merged_into__isnull=False).first()
        if gone is not None:
            raise ValidationError(_("%(name)s has been merged with someone else since.") % {"name": gone.name})

    @property
    def biography_html(self) -> SafeString:
        """The biography as safe HTML."""
        return render_markdown(self.biography, language=self.language_of("biography"))

    @property
    def description(self) -> str:
        """The biography's beginning as plain text: for search results and shared links."""
        return description_of(self.biography, language=self.language_of("biography"))

    @property
    def further_photos(self) -> list[BandPhoto]:
        """The gallery without the photo that stands above it; no query where `for_page()` fetched it."""
        return [photo for photo in self.gallery.all() if photo.picture_id != self.photo_id]

    @property
    def poster(self) -> Picture | None:
        """The picture that stands for the band: its photo, else its logo."""
        return self.photo or self.logo


class BandPhotoQuerySet(LivingQuerySet["BandPhoto"]):
    """Vocabulary for galleries."""

    def shown(self) -> BandPhotoQuerySet:
        """Those that aren't refused; what waits is shown as a placeholder."""
        return self.exclude(picture__state=Picture.State.REFUSED)

    def undescribed(self) -> BandPhotoQuerySet:
        """Those of which nobody has said what they show."""
        return self.shown().filter(picture__alt="")


class BandPhoto(Recorded):
    """A picture's place in a band's gallery."""

    recorded_under = "band"

    band = models.ForeignKey(
        Band, on_delete=models.CASCADE, related_name="gallery", verbose_name=_("band"), db_index=False
    )
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+", verbose_name=_("picture"))
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    position = PositionField(_("position"), default=0)

    objects: ClassVar[BandPhotoQuerySet] = BandPhotoQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["band", "picture"],
                name="band_photo_is_unique",
                violation_error_message=_("This photo is already in the band's gallery."),
            ),
            in_bounds("position", PositionField, name="band_photo_position_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.caption or str(self.picture)

    @property
    def is_undescribed(self) -> bool:
        """Whether nobody has said what it shows."""
        return not self.picture.alt and self.picture.state != Picture.State.REFUSED


class MemberQuerySet(LivingQuerySet["Member"]):
    """Vocabulary for lists of members."""

    def present(self) -> MemberQuerySet:
        """Those who play in the band now."""
        here = self.exclude(standing=Member.Standing.FORMER)
        return here.filter(models.Q(until__isnull=True) | models.Q(until__gte=timezone.localdate().year))

    def shown(self) -> MemberQuerySet:
        """Those whom visitors see."""
        return self.filter(is_shown=True)

    def for_page(self) -> MemberQuerySet:
        """With all that visitors see of them."""
        return self.select_related("person__picture").prefetch_related("instruments")


class Member(ShownToVisitors, Recorded):
    """A person's time in a band. The name is the person's: triggers make the two alike, and make the person."""

    recorded_under = "band"
    recorded_links = ("instruments",)
    told_as_part = ("person",)
    found_if = "is_shown"
    # The team finds people by themselves. `bands.finding` writes the entries anew when the setting changes.
    found_unless = "EXISTS (SELECT 1 FROM portals_portalsettings WHERE minors <> 'no')"

    class Standing(models.TextChoices):
        REGULAR = "regular", _("regular")
        SUBSTITUTE = "substitute", _("substitute")
        FORMER = "former", _("former")

    band = models.ForeignKey(Band, on_delete=models.CASCADE, related_name="members", verbose_name=_("band"))
    # Empty where the person was deleted for good, and in rows without a name. By its default Django reads back whom a
    # trigger made.
    person = models.ForeignKey(
        "people.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_default=None,
        related_name="memberships",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=120)
    instruments: models.ManyToManyField[Instrument, Instrument] = models.ManyToManyField(
        Instrument, blank=True, related_name="members", verbose_name=_("instruments")
    )
    role = models.CharField(_("role"), max_length=80, blank=True, help_text=_("For example, conductor or songwriter."))
    since = YearField(_("from"), null=True, blank=True)
    until = YearField(_("to"), null=True, blank=True, help_text=_("Leave blank for current members."))
    section = models.CharField(
        _("section"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("For example, 1st violins or low brass."),
    )
    standing = models.CharField(
        _("belongs as"), max_length=10, choices=Standing, default=Standing.REGULAR, db_default=Standing.REGULAR
    )
    is_shown = models.BooleanField(
        _("shown to visitors"), default=True, db_default=True, help_text=_("On the band's page, and in the search.")
    )
    position = PositionField(_("position"), default=0)

    objects: ClassVar[MemberQuerySet] = MemberQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=not_before("until", "since"),
                name="member_left_after_joining",
                violation_error_message=_("The end year can't be before the start year."),
            ),
            in_bounds("since", YearField, name="member_since_in_bounds"),
            in_bounds("until", YearField, name="member_until_in_bounds"),
            in_bounds("position", PositionField, name="member_position_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_former(self) -> bool:
        """Whether the member has left."""
        if self.standing == self.Standing.FORMER:
            return True
        return self.until is not None and self.until < timezone.localdate().year

    def clean(self) -> None:
        """Raise ValidationError where the years don't fit the band's."""
        super().clean()
        if self.since and self.band_id and self.band.ended and self.since > self.band.ended:
            raise ValidationError({"since": _("The band had split up by then.")})
