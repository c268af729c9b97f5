"""Gigs as the views of the backstage know them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from bandstand.gigs.models import Gig
from bandstand_web.shell.views import KindView


class Gigs(KindView):
    """What all views of gigs share."""

    model: Any = Gig
    url_name = "gig"
    list_url_name = "gigs"

    def rows(self) -> QuerySet[Gig]:
        return Gig.objects.for_listing()

    def name_of(self, row: Gig) -> str:
        return row.headline
