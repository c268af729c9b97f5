"""Writes what partners are told of the gigs of agreed bands: the home's own job, into rows of `public`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.bands.models import Band
from bandstand.jobs.enqueueing import enqueue
from bandstand.listings.job_kinds import SEND_GIGS, TAKE_GIGS, SendGigs, TakeGigs
from bandstand.listings.models import Listing, SentGig
from bandstand.organizations.models import Organization
from bandstand.partners.telling import gigs_for_partners, told_to_partners


def gigs_send(home: Organization) -> int:
    """Write what is new of the gigs that partners of the current portal, `home`, get; return how many changed.

    Whoever gets them has a job for it; nothing is written in its schema.
    """
    with schema_context(get_public_schema_name()):
        listings = list(Listing.objects.sharing_gigs().filter(home=home))
    changed = 0
    for listing in listings:
        band = Band.objects.published().filter(uid=listing.band_uid).first()
        told = {gig.uid: told_to_partners(gig) for gig in gigs_for_partners(band)} if band else {}
        changed += _write(listing.pk, told)
    return changed


def due_senders_enqueue() -> int:
    """Enqueue the job of each portal that sends gigs, and return how many there are."""
    with schema_context(get_public_schema_name()):
        homes = Organization.objects.filter(pk__in=Listing.objects.sharing_gigs().values("home"))
        for home in homes:
            with transaction.atomic():
                enqueue(SEND_GIGS, SendGigs(), organization=home, key="send")
    return len(homes)


def _write(number: int, told: dict[UUID, dict[str, Any]]) -> int:
    with schema_context(get_public_schema_name()), transaction.atomic():
        rows = Listing.objects.sharing_gigs().select_for_update(of=("self",), no_key=True)
        listing = rows.filter(pk=number).select_related("lister").first()
        if listing is None:
            return 0
        sent = {each.gig: each for each in SentGig.objects.filter(listing=listing)}
        news = [
            SentGig(listing=listing, gig=uid, told=said)
            for uid, said in told.items()
            if uid not in sent or sent[uid].told != said or sent[uid].is_withdrawn
        ]
        gone = [each.pk for uid, each in sent.items() if uid not in told and not each.is_withdrawn]
        SentGig.objects.bulk_create(
            news,
            update_conflicts=True,
            unique_fields=["listing", "gig"],
            update_fields=["told", "is_withdrawn", "is_refused", "changed_at"],
        )
        SentGig.objects.filter(pk__in=gone).update(is_withdrawn=True, changed_at=timezone.now())
        if news or gone:
            enqueue(TAKE_GIGS, TakeGigs(), organization=listing.lister, key="take")
        return len(news) + len(gone)
