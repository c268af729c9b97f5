"""The pictures that show where links to gigs are shared: the date is their largest element."""

from __future__ import annotations

from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.printing import for_printing, share_picture
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from bandstand.portals.prints import Setting
from bandstand.portals.share_pictures import Drawing, draw_as


def _next() -> GigQuerySet:
    """Return the gigs to come, as nobody shares links to those that are over."""
    return for_printing(Gig.objects.published().upcoming(), of_team=False)


def _drawn(gig: Gig, organization: Organization, settings: PortalSettings) -> Setting:
    return share_picture(gig, organization, settings.palette)


draw_as(Gig, Drawing(_next, _drawn))
