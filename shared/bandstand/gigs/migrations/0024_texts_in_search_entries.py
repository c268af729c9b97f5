"""Gigs are found by the words of their notes too, and by visitors neither by private places nor by bands that are drafts.

Entries of gigs with none of these stay as they are.
"""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

BANDS = ("bands_band", {"name": "B"}, "gig_id", "gigs_appearance", "band_id")
BEFORE = SearchSources(
    "gigs.gig", "gigs_gig", {"title": "A", "town": "C", "venue": "C"}, (RelatedWords(*BANDS, has_trash=True),)
)
AFTER = SearchSources(
    "gigs.gig",
    "gigs_gig",
    {"title": "A", "town": "C", "venue": "C", "notes": "D"},
    (RelatedWords(*BANDS, has_trash=True, shown_if="is_published"),),
    {"town": "is_private", "venue": "is_private"},
)
CHANGED = (
    "found.notes <> '' OR found.is_private OR EXISTS (SELECT 1 FROM gigs_appearance link"
    " JOIN bands_band band ON band.id = link.band_id WHERE link.gig_id = found.id AND NOT band.is_published)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0023_left_calendars"),
        ("organizations", "0032_search_texts"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER, changed=CHANGED)]
