"""Gigs are found by their texts, and by the names of their bands, in all languages. There are none yet."""

from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

BANDS = ("bands_band", {"name": "B"}, "gig_id", "gigs_appearance", "band_id")
GIG = ("gigs.gig", "gigs_gig", {"title": "A", "town": "C", "venue": "C", "notes": "D"})
HIDDEN = {"town": "is_private", "venue": "is_private"}
BEFORE = SearchSources(*GIG, (RelatedWords(*BANDS, has_trash=True, shown_if="is_published"),), HIDDEN)
AFTER = SearchSources(
    *GIG,
    (RelatedWords(*BANDS, has_trash=True, shown_if="is_published", translated=("name",)),),
    HIDDEN,
    translated=("notes", "title"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("gigs", "0025_translations"),
    ]

    operations = [renew_search_triggers(BEFORE, AFTER)]
