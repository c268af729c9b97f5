"""The outlet board: which gigs other websites know, what has changed since, and the files for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bandstand.bands.models import Band
from bandstand.content.of_bands import may_with_some
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.outlets import OUTLETS, Known, Outlet, OutletState, known_of, outlet_forget, outlet_tell
from bandstand.listings.models import Listing
from bandstand.partners.board import PartnerBoard
from bandstand.spreadsheets.cells import to_cell
from bandstand_web.forms.submitting import changes_once
from bandstand_web.query_values import number, page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PER_PAGE = 30
TONES = {
    OutletState.NEVER: "quiet",
    OutletState.SENT: "good",
    OutletState.CHANGED: "warn",
    OutletState.INCOMPLETE: "warn",
    OutletState.REFUSED: "bad",
}
ACTS = ("told", "refused", "forget")


@require_safe
@needs("gigs.view_gig", in_bands=True)
def board(request: TeamRequest) -> HttpResponse:
    """Show the upcoming gigs and what each outlet knows of them, of all bands or of `?band=`."""
    bands = Band.objects.published().visible_to(request.user).order_by("name", "pk")
    wanted = number(request, "band")
    band = get_object_or_404(bands, pk=wanted) if wanted is not None else None
    gigs = _gigs(request, band)
    page = page_of(request, gigs, PER_PAGE)
    partners = PartnerBoard(request.organization, {each.uid for gig in page for each in gig.line_up})
    own = set(gigs.editable_by(request.user).filter(pk__in=[gig.pk for gig in page]).values_list("pk", flat=True))
    context = {
        "rows": [
            {
                "gig": gig,
                "may_change": gig.pk in own,
                "cells": [_cell(gig, outlet) for outlet in OUTLETS.values()] if gig.is_visible else [],
                "partners": [_partner(listing, known) for listing, known in partners.of(gig)],
            }
            for gig in page
        ],
        "page": page,
        "band": band,
        "bands": bands,
        "outlets": OUTLETS.values(),
        "has_partners": not partners.is_empty,
        "waiting": [(outlet, len(_new(gigs, outlet))) for outlet in OUTLETS.values()] if band else [],
        "may_change": may_with_some(request.user, "change", Gig),
        "query": f"band={band.pk}&" if band else "",
    }
    return render(request, "gigs/backstage/outlets.html", context)


@require_POST
@needs("gigs.change_gig", in_bands=True)
@changes_once
def mark(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """Keep what somebody says of a gig at an outlet: it knows the gig as it is now, refused it, or knows nothing."""
    place = _outlet(kind)
    gig = get_object_or_404(_with_all(Gig.objects.editable_by(request.user)), pk=pk)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Http404
    if act == "forget":
        outlet_forget(place, [gig])
    else:
        outlet_tell(place, [gig], is_refused=act == "refused")
    messages.success(request, _("%(outlet)s: saved for %(gig)s.") % {"outlet": place.name, "gig": gig.headline})
    band = number(request, "band")
    return redirect(reverse("backstage:gigs_outlets") + (f"?band={band}" if band else ""))


@require_POST
@needs("gigs.change_gig", in_bands=True)
@changes_once
def download(request: TeamRequest, kind: str, pk: int) -> HttpResponse:
    """Send the file of a band's gigs that the outlet doesn't know yet, and keep that it knows them."""
    place = _outlet(kind)
    band = get_object_or_404(Band.objects.published().visible_to(request.user), pk=pk)
    gigs = _new(_gigs(request, band).editable_by(request.user), place)[: place.most]
    if not gigs:
        messages.info(request, _("There is nothing new for %(outlet)s.") % {"outlet": place.name})
        return redirect(f"{reverse('backstage:gigs_outlets')}?band={band.pk}")
    text = io.StringIO()
    csv.writer(text).writerows([to_cell(cell) for cell in row] for row in place.table(gigs, band))
    outlet_tell(place, gigs)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{place.key}-{slugify(band.slug)}.csv"'
    return response


def _outlet(key: str) -> Outlet:
    if key not in OUTLETS:
        raise Http404
    return OUTLETS[key]


def _gigs(request: TeamRequest, band: Band | None) -> GigQuerySet:
    gigs: GigQuerySet = Gig.objects.visible_to(request.user).upcoming()
    return _with_all(gigs.of_band(band) if band else gigs)


def _with_all(gigs: GigQuerySet) -> GigQuerySet:
    """With the place, and the bands that visitors see: others are told of no other."""
    return gigs.for_visitors().select_related("place")


def _new(gigs: Iterable[Gig], outlet: Outlet) -> list[Gig]:
    """Return those that visitors see, that take place, and of which the outlet knows nothing."""
    return [
        gig for gig in gigs if gig.is_visible and gig.takes_place and known_of(gig, outlet).state is OutletState.NEVER
    ]


def _cell(gig: Gig, outlet: Outlet) -> dict[str, Any]:
    known = known_of(gig, outlet)
    return {"outlet": outlet, "known": known, "tone": TONES[known.state], "state": known.state.name.lower()}


def _partner(listing: Listing, known: Known) -> dict[str, Any]:
    """Return a partner's cell: nobody marks anything there, as changes follow by themselves."""
    return {"outlet": listing.lister, "known": known, "tone": TONES[known.state], "state": known.state.name.lower()}
