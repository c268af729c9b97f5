"""What partners know of the home's gigs, as its board of outlets shows that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.gigs.models import Gig
from bandstand.gigs.outlets import Known, OutletState, changes_since, kept_back
from bandstand.listings.models import Listing, SentGig
from bandstand.organizations.models import Organization


class PartnerBoard:
    """The portals that get gigs of these bands, and what each was told. Two queries."""

    def __init__(self, home: Organization, bands: Collection[UUID]) -> None:
        with schema_context(get_public_schema_name()):
            rows = Listing.objects.agreed_on_gigs().filter(home=home, band_uid__in=bands).select_related("lister")
            self._listings: Mapping[UUID, list[Listing]] = defaultdict(list)
            for listing in rows.order_by("lister__name", "pk"):
                self._listings[listing.band_uid].append(listing)
            numbers = [listing.pk for each in self._listings.values() for listing in each]
            sent = SentGig.objects.filter(listing__in=numbers, is_withdrawn=False) if numbers else ()
            self._sent = {(each.listing_id, each.gig): each for each in sent}

    @property
    def is_empty(self) -> bool:
        """Whether nobody gets gigs of these bands."""
        return not self._listings

    def of(self, gig: Gig) -> list[tuple[Listing, Known]]:
        """Return who gets the gig, by their agreements, and what each knows of it."""
        listings = [listing for band in gig.line_up for listing in self._listings.get(band.uid, ())]
        return [(listing, self._known(gig, listing)) for listing in listings]

    def _known(self, gig: Gig, listing: Listing) -> Known:
        if listing.lister.state == Organization.State.MOVED:
            return Known(
                OutletState.REFUSED, reason=_("Elsewhere: this portal is in another part of the platform now.")
            )
        if reason := kept_back(gig):
            return Known(OutletState.INCOMPLETE, reason=reason)
        sent = self._sent.get((listing.pk, gig.uid))
        if sent is None:
            return Known(OutletState.NEVER)
        if sent.is_refused:
            return Known(OutletState.REFUSED, sent.changed_at, reason=_("Their portal can't take it in as it is."))
        changes = changes_since(sent.told["shown"], gig)
        return Known(OutletState.CHANGED if changes else OutletState.SENT, sent.changed_at, changes)
