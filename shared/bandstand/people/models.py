"""People: who plays in the portal's bands, or could. What somebody is in a band is `bands.Member`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Instrument, Member
from bandstand.content.identified import Identified
from bandstand.content.named import NameKey
from bandstand.content.names import name_key
from bandstand.content.recorded import Recorded
from bandstand.content.searched import Searched
from bandstand.content.trashed import Trashed, TrashedQuerySet, living
from bandstand.media.models import picture_key

NOTES_MAX_LENGTH = 5000
CONSENT_BY_LENGTH = 254


class PersonQuerySet(TrashedQuerySet["Person"]):
    """Vocabulary for people."""

    # By the name, where nothing else is given to sort by.
    ORDER = (Coalesce(NullIf("sort_name", models.Value("")), "name"), "pk")

    def for_listing(self, bands: Collection[int] | None = None) -> PersonQuerySet:
        """With instruments and bands, of these bands alone if some are given, in two further queries."""
        members = Member.objects.select_related("band").order_by("band__name", "pk")
        seen = members if bands is None else members.filter(band__in=bands)
        return self.prefetch_related("instruments", models.Prefetch("memberships", seen))

    def named(self, names: Iterable[str]) -> PersonQuerySet:
        """Those with one of these names, however it is capitalized."""
        return self.alias(key=NameKey("name")).filter(key__in=[name_key(name) for name in names])

    def with_namesakes(self) -> PersonQuerySet:
        """Those whose name somebody else has too, so that they may be one person twice."""
        alike = models.Window(models.Count("pk"), partition_by=[NameKey("name")])
        return self.filter(pk__in=Person.objects.order_by().annotate(count=alike).filter(count__gt=1).values("pk"))

    def without_bands(self) -> PersonQuerySet:
        """Those who play in no band, now or earlier."""
        counted = self.annotate(band_count=models.Count("memberships", filter=living(Member, through="memberships")))
        return self.filter(pk__in=counted.filter(band_count=0).values("pk"))


class Person(Trashed, Recorded, Searched, Identified):
    """Somebody who makes music. Members of bands keep the name beside it: triggers write it along, both ways."""

    found_by = {"A": ("name", "sort_name"), "C": ("instruments__name",)}
    recorded_links = ("instruments",)
    private = ("email", "phone", "notes", "user")
    unrecorded = ("merge",)
    put_back_otherwise = (
        *("merged_names", "name_consent_at", "name_consent_by", "picture_consent_at", "picture_consent_by"),
    )

    name = models.CharField(_("name"), max_length=120, help_text=_("As visitors see it, in all of their bands."))
    sort_name = models.CharField(
        _("sorted as"),
        max_length=120,
        blank=True,
        help_text=_("For example, “Bell, Anna”. If blank, the name is used."),
    )
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    instruments: models.ManyToManyField[Instrument, Instrument] = models.ManyToManyField(
        Instrument, blank=True, related_name="people", verbose_name=_("instruments")
    )
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    notes = models.TextField(
        _("internal notes"),
        max_length=NOTES_MAX_LENGTH,
        blank=True,
        help_text=_("Seen by owners and managers only, like email, phone and account."),
    )
    picture = picture_key(_("picture"))
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("account"),
        help_text=_("The account with which this person logs in here, if there is one."),
        error_messages={"unique": _("This account is already someone else's.")},
    )
    # When somebody of the team ticked that the person agreed, or whoever speaks for them, and who ticked. See
    # `portals.public_people` for what needs that.
    name_consent_at = models.DateTimeField(_("consent to the name"), null=True, editable=False)
    name_consent_by = models.CharField(
        _("consent to the name recorded by"), max_length=CONSENT_BY_LENGTH, editable=False, default="", db_default=""
    )
    picture_consent_at = models.DateTimeField(_("consent to pictures"), null=True, editable=False)
    picture_consent_by = models.CharField(
        _("consent to pictures recorded by"), max_length=CONSENT_BY_LENGTH, editable=False, default="", db_default=""
    )
    # Who was made one with somebody else stays as a row in the trash, which leads to the one who stays. What the merge
    # did is kept as long as it can be undone: see `merging`.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="merged_people",
        verbose_name=_("merged into"),
    )
    merge: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, editable=False)
    merged_names = models.TextField(_("merged with"), editable=False, default="", db_default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[PersonQuerySet] = PersonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        permissions = [("private_person", "Can see and change email, phone and notes of people")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="person_has_name",
                violation_error_message=_("A person needs a name."),
            ),
        ]

    @property
    def band_names(self) -> list[str]:
        """The names of the bands, each once; no query where `for_listing()` fetched them."""
        return list(dict.fromkeys(each.band.name for each in self.memberships.all()))

    def __str__(self) -> str:
        return self.name

    def consent(self, to: str, *, given: bool, by: str) -> None:
        """Note or withdraw the consent to "name" or "picture"; one that was given already keeps its date."""
        if given != (getattr(self, f"{to}_consent_at") is not None):
            setattr(self, f"{to}_consent_at", timezone.now() if given else None)
            setattr(self, f"{to}_consent_by", by[:CONSENT_BY_LENGTH] if given else "")

    @classmethod
    def in_trash(cls) -> Any:
        """Return those who were deleted. Who was merged isn't brought back from there."""
        return super().in_trash().filter(merged_into=None)
