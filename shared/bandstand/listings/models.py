"""Agreements between two portals: a band that one looks after is listed at the other. Rows of the schema `public`.

The band stays its home's. A row knows it by its `uid`, and nothing here refers to a row of a portal's schema.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.models import Organization

REMEMBERED = timedelta(days=365)  # after it was refused or has ended
FOLLOWED_EVERY = timedelta(minutes=15)
GONE = (Organization.State.MOVED, Organization.State.DELETING)  # portals that can't act here any more


class ListingQuerySet(models.QuerySet["Listing"]):
    def of(self, organization: Organization) -> ListingQuerySet:
        """Those in which the portal has a part, on either side. Whoever answers for a portal sees no others."""
        return self.filter(Q(lister=organization) | Q(home=organization))

    def proposed(self) -> ListingQuerySet:
        """Those that wait for the home's answer."""
        return self.filter(state=Listing.State.PROPOSED)

    def accepted(self) -> ListingQuerySet:
        """Those that hold."""
        return self.filter(state=Listing.State.ACCEPTED)

    def open(self) -> ListingQuerySet:
        """Those that wait for an answer, or hold."""
        return self.filter(state__in=[Listing.State.PROPOSED, Listing.State.ACCEPTED])

    def agreed_on_gigs(self) -> ListingQuerySet:
        """Those of which both sides agreed that the lister gets the band's gigs."""
        return self.accepted().exclude(Q(gigs_wanted_at=None) | Q(gigs_given_at=None))

    def sharing_gigs(self) -> ListingQuerySet:
        """Those by which the lister gets the band's gigs: both sides agreed to that too, and are open here."""
        return self.agreed_on_gigs().between_open_portals()

    def between_open_portals(self) -> ListingQuerySet:
        """Those whose portals are both open here."""
        active = Organization.State.ACTIVE
        return self.filter(lister__state=active, home__state=active)

    def broken(self) -> ListingQuerySet:
        """Open ones with a portal that left this cell or is being deleted, which nobody can end any more."""
        return self.open().filter(Q(lister__state__in=GONE) | Q(home__state__in=GONE))

    def to_follow(self, now: datetime) -> ListingQuerySet:
        """Those whose dates are due to be looked up."""
        due = Q(followed_at=None) | Q(followed_at__lte=now - FOLLOWED_EVERY)
        return self.accepted().between_open_portals().filter(due)

    def forget(self, now: datetime) -> int:
        """Delete what was refused or ended long ago, and return how many."""
        over = Q(ended_at__lt=now - REMEMBERED) | Q(state=Listing.State.REFUSED, answered_at__lt=now - REMEMBERED)
        return self.filter(over).delete()[0]


class Listing(models.Model):
    """One agreement, from its proposal to its end."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        ENDED = "ended", _("ended")

    class Side(models.TextChoices):
        """Who ended it."""

        LISTER = "lister", _("the portal that listed the band")
        HOME = "home", _("the band's own portal")
        NOBODY = "nobody", _("neither: the band or its portal is gone")

    lister = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name=_("listed at"))
    home = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", verbose_name=_("band's portal"))
    band_uid = models.UUIDField(_("band"), editable=False)
    band_name = models.CharField(_("band's name"), max_length=120)  # as it was when somebody looked last
    state = models.CharField(_("status"), max_length=8, choices=State, default=State.PROPOSED)
    # Email addresses of people on the team of the side that acted. The other side isn't shown them.
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    proposed_by = models.CharField(_("proposed by"), max_length=254)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.CharField(_("answered by"), max_length=254, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=254, blank=True)
    ended_side = models.CharField(_("ended on the side of"), max_length=6, choices=Side, blank=True)
    # The band's next dates, as visitors of its home see them: see bandstand.listings.following.
    dates: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    followed_at = models.DateTimeField(_("dates looked up"), null=True)
    # Who of the lister wants the band's gigs as drafts, and who of the home lets them have these.
    gigs_wanted_at = models.DateTimeField(_("gigs wanted"), null=True)
    gigs_wanted_by = models.CharField(_("gigs wanted by"), max_length=254, blank=True, db_default="", default="")
    gigs_given_at = models.DateTimeField(_("gigs given"), null=True)
    gigs_given_by = models.CharField(_("gigs given by"), max_length=254, blank=True, db_default="", default="")

    objects: ClassVar[ListingQuerySet] = ListingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("listing of another portal's band")
        verbose_name_plural = _("listings of other portals' bands")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["lister", "band_uid"],
                condition=Q(state__in=["proposed", "accepted"]),
                name="one_open_listing_of_a_band",
            ),
            models.CheckConstraint(condition=~Q(lister=F("home")), name="listing_of_another_portals_band"),
            models.CheckConstraint(
                condition=Q(state="proposed", answered_at=None)
                | Q(state__in=["accepted", "refused"], answered_at__isnull=False)
                | Q(state="ended"),
                name="listing_answered_once_it_is",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) & ~Q(ended_side="")
                | ~Q(state="ended") & Q(ended_at=None, ended_side=""),
                name="listing_ended_once_it_is",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.band_name}: {self.home} → {self.lister}"

    def other_than(self, organization: Organization) -> Organization:
        """Return the portal on the other side."""
        return self.home if self.lister_id == organization.pk else self.lister

    @property
    def shares_gigs(self) -> bool:
        """Whether both sides agreed that the lister gets the band's gigs."""
        agreed = self.gigs_wanted_at is not None and self.gigs_given_at is not None
        return agreed and self.state == self.State.ACCEPTED


class SentGig(models.Model):
    """A gig of the home as the lister was told of it. The home's job writes it, the lister's own takes it over."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+", db_index=False)
    gig: models.UUIDField[UUID, UUID] = models.UUIDField(editable=False)
    told: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    changed_at = models.DateTimeField(default=timezone.now)
    is_withdrawn = models.BooleanField(default=False)  # the home's visitors don't see it any more
    is_refused = models.BooleanField(default=False)  # the lister's portal couldn't take it in
    taken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("gig for another portal")
        verbose_name_plural = _("gigs for other portals")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["listing", "gig"], name="gig_is_sent_once")]

    def __str__(self) -> str:
        return str(self.gig)
