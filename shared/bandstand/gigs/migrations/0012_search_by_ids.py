from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, renew_search_triggers

SOURCES = SearchSources(
    "gigs.gig",
    "gigs_gig",
    {"title": "A", "town": "C", "venue": "C"},
    (RelatedWords("bands_band", {"name": "B"}, "gig_id", "gigs_appearance", "band_id", has_trash=True),),
)


class Migration(migrations.Migration):
    """The triggers anew, whose query finds a line-up's bands by their ids. The entries stay as they are."""

    dependencies = [("gigs", "0011_search_entries")]

    operations = [renew_search_triggers(SOURCES, SOURCES)]
