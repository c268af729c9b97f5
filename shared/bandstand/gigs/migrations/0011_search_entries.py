from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0013_search_entries"),
        ("gigs", "0010_places_of_old_gigs"),
    ]

    operations = [
        keep_search_entries(
            SearchSources(
                "gigs.gig",
                "gigs_gig",
                {"title": "A", "town": "C", "venue": "C"},
                (RelatedWords("bands_band", {"name": "B"}, "gig_id", "gigs_appearance", "band_id", has_trash=True),),
            )
        ),
    ]
