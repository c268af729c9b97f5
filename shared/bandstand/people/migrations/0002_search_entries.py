from django.db import migrations

from bandstand.content.search_sources import RelatedWords, SearchSources, keep_search_entries


class Migration(migrations.Migration):
    dependencies = [
        ("bands", "0015_persons_of_old_members"),
        ("content", "0003_search_entries"),
        ("people", "0001_initial"),
    ]

    operations = [
        keep_search_entries(
            SearchSources(
                "people.person",
                "people_person",
                {"name": "A", "sort_name": "A"},
                (
                    RelatedWords(
                        "bands_instrument", {"name": "C"}, "person_id", "people_person_instruments", "instrument_id"
                    ),
                ),
            ),
        ),
    ]
