"""Tells a portal's owners and managers what the other side did about a listing."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.listings.agreeing import listing_note
from bandstand.listings.models import Listing
from bandstand.notices.telling import listing_tell
from bandstand.organizations.models import Organization


@transaction.atomic
def listing_told(*, listing: int, event: str, organization: Organization) -> int:
    """Write notices, emails and the line of the security log, in the current portal; return how many people are told.

    A proposal that was withdrawn, or that it was, isn't told. Done again, nothing is written twice.
    """
    with schema_context(get_public_schema_name()):
        found = Listing.objects.of(organization).filter(pk=listing).select_related("lister", "home").first()
    if found is None or (found.answered_at is None and found.state == Listing.State.ENDED):
        return 0
    side = "lister" if found.lister_id == organization.pk else "home"
    detail = {"event": event, "side": side, "band": found.band_name, "portal": found.other_than(organization).name}
    told = listing_tell(number=found.pk, event=event, detail=detail)
    if told and event in Listing.State.values:  # whoever wants or gives gigs notes that in their own log
        listing_note(found, event, seen_from=organization)
    return told
